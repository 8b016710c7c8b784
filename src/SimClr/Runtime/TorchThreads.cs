using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SimClr.Runtime;

/// <summary>
/// Loops on libtorch's own threads, so that managed code and libtorch's operations share one team of
/// <c>torch.get_num_threads()</c> instead of fighting over the cores. Inside such a loop libtorch's operations run on the
/// one thread that calls them.
/// </summary>
internal static unsafe partial class TorchThreads
{
    /// <summary>Cuts [0, count) into at most as many runs as there are threads; the body gets a run's begin and end.</summary>
    /// <param name="count">How many pieces of work there are, each worth a thread's waking.</param>
    /// <param name="body">Called on several threads at once. What it throws first is thrown here, after all have ended.</param>
    public static void For(int count, Action<int, int> body)
    {
        LibTorch.Load();
        var loop = new Loop(body);
        var handle = GCHandle.Alloc(loop);
        int failed = ParallelFor(0, count, 1, &Run, GCHandle.ToIntPtr(handle));
        handle.Free();
        if (loop.Failure is { } failure) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        if (failed != 0) throw new InvalidOperationException("libtorch's parallel loop failed.");
    }

    // No exception may cross native frames.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Run(long begin, long end, nint context)
    {
        var loop = (Loop)GCHandle.FromIntPtr(context).Target!;
        try
        {
            loop.Body((int)begin, (int)end);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref loop.Failure, e, null);
        }
    }

    // AOTITorchError torch_parallel_for(int64_t, int64_t, int64_t grain, void (*)(int64_t, int64_t, void*), void*): libtorch's stable C interface.
    [LibraryImport("torch_cpu", EntryPoint = "torch_parallel_for")]
    private static partial int ParallelFor(long begin, long end, long grain, delegate* unmanaged[Cdecl]<long, long, nint, void> body, nint context);

    private sealed class Loop(Action<int, int> body)
    {
        public readonly Action<int, int> Body = body;
        public Exception? Failure;
    }
}
