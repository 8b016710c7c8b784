using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace SimClr.Runtime;

/// <summary>
/// What C# loops over tensors need of libtorch: their memory, and the threads that libtorch's own operations run on, so that
/// there are never more of them at work than <c>torch.get_num_threads()</c>. Both are of libtorch's stable C interface.
/// </summary>
internal static unsafe partial class TorchCpu
{
    /// <summary>The first element of a CPU tensor of float32, in the order of its strides; borrowed with the tensor.</summary>
    public static float* Floats(torch.Tensor tensor)
    {
        if (tensor.dtype != torch.ScalarType.Float32 || tensor.device_type != DeviceType.CPU)
            throw new ArgumentException($"A float32 tensor on the CPU was expected; this is {tensor.dtype} on {tensor.device_type}.", nameof(tensor));
        Check(GetDataPointer(tensor.Handle, out nint address), nameof(GetDataPointer));
        GC.KeepAlive(tensor);
        return (float*)address;
    }

    /// <summary>Calls <paramref name="body"/> with every number in [0, <paramref name="count"/>), each once and on any thread; returns when all are done.</summary>
    /// <param name="count">At least 1.</param>
    /// <param name="body">Must not throw: an exception on libtorch's threads ends the process.</param>
    public static void For(int count, Action<int> body)
    {
        if (count == 1)
        {
            body(0);
            return;
        }
        using var handle = new GCHandle<Action<int>>(body);
        Check(ParallelFor(0, count, 1, &Run, GCHandle<Action<int>>.ToIntPtr(handle)), nameof(ParallelFor));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Run(long begin, long end, nint handle)
    {
        var body = GCHandle<Action<int>>.FromIntPtr(handle).Target;
        for (long i = begin; i < end; i++) body((int)i);
    }

    private static void Check(int error, string call)
    {
        if (error != 0) throw new InvalidOperationException($"libtorch's {call} failed with code {error}.");
    }

    [LibraryImport("torch_cpu", EntryPoint = "aoti_torch_get_data_ptr")]
    private static partial int GetDataPointer(nint tensor, out nint address);

    [LibraryImport("torch_cpu", EntryPoint = "torch_parallel_for")]
    private static partial int ParallelFor(long begin, long end, long grain, delegate* unmanaged[Cdecl]<long, long, nint, void> body, nint state);
}
