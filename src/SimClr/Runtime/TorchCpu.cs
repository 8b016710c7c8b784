using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace SimClr.Runtime;

/// <summary>
/// Access from C# loops to libtorch's tensors: their memory, and the threads that run libtorch's own operations, so that at most
/// <c>torch.get_num_threads()</c> threads work at once. Both use libtorch's stable C interface.
/// </summary>
internal static unsafe partial class TorchCpu
{
    /// <summary>The first element of a float32 tensor on the CPU, in the order of its strides; borrowed with the tensor.</summary>
    public static float* Floats(torch.Tensor tensor)
    {
        if (tensor.dtype != torch.ScalarType.Float32 || tensor.device_type != DeviceType.CPU)
            throw new ArgumentException($"A float32 tensor on the CPU was expected; " +
                $"this is {tensor.dtype} on {tensor.device_type}.", nameof(tensor));
        return (float*)Address(tensor);
    }

    /// <summary>The first element of a tensor of any type on any device; borrowed with the tensor.</summary>
    public static nint Address(torch.Tensor tensor)
    {
        Check(GetDataPointer(tensor.Handle, out nint address), nameof(GetDataPointer));
        GC.KeepAlive(tensor);
        return address;
    }

    /// <summary>
    /// Calls <paramref name="body"/> with every number in [0, <paramref name="count"/>), each once and on any thread. Returns when all
    /// calls have ended. libtorch's operations inside a call run on the thread of that call.
    /// </summary>
    /// <param name="count">The number of pieces of work, each large enough to be worth waking a thread. 0 does nothing.</param>
    /// <param name="body">The work. Its first exception is thrown here, after all calls have ended.</param>
    public static void For(int count, Action<int> body) => Ranges(count, (begin, end) =>
    {
        for (int i = begin; i < end; i++) body(i);
    });

    /// <summary>
    /// As <see cref="For"/>, but in ranges of numbers that depend only on <paramref name="count"/> and on the number of threads.
    /// </summary>
    /// <param name="count">As for <see cref="For"/>.</param>
    /// <param name="body">Receives the first number of a range and the number after its last.</param>
    public static void Ranges(int count, Action<int, int> body)
    {
        var loop = new Loop(body);
        using (var handle = new GCHandle<Loop>(loop))
            Check(ParallelFor(0, count, 1, &Run, GCHandle<Loop>.ToIntPtr(handle)), nameof(ParallelFor));
        if (loop.Failure is { } failure) ExceptionDispatchInfo.Throw(failure);
    }

    // No exception may pass through native frames.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Run(long begin, long end, nint handle)
    {
        var loop = GCHandle<Loop>.FromIntPtr(handle).Target;
        try
        {
            loop.Body((int)begin, (int)end);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref loop.Failure, e, null);
        }
    }

    private static void Check(int error, string call)
    {
        if (error != 0) throw new InvalidOperationException($"libtorch's {call} failed with code {error}.");
    }

    [LibraryImport("torch_cpu", EntryPoint = "aoti_torch_get_data_ptr")]
    private static partial int GetDataPointer(nint tensor, out nint address);

    [LibraryImport("torch_cpu", EntryPoint = "torch_parallel_for")]
    private static partial int ParallelFor(long begin, long end, long grain,
        delegate* unmanaged[Cdecl]<long, long, nint, void> body, nint state);

    private sealed class Loop(Action<int, int> body)
    {
        public readonly Action<int, int> Body = body;
        public Exception? Failure;
    }
}
