using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Runtime;

/// <summary>
/// Copies numbers from a device to the host without waiting. The constructor enqueues the copy and marks it with a CUDA event. Reading
/// waits for the work that was enqueued before the copy, but not for later work.
/// </summary>
internal sealed unsafe class AsyncReadback : IDisposable
{
    private const uint SleepsAndTimesNothing = 3; // cudaEventBlockingSync | cudaEventDisableTiming

    private readonly Tensor host;
    private nint mark;

    /// <summary>Starts the copy to the host.</summary>
    /// <param name="values">(n) float64, on any device; borrowed.</param>
    public AsyncReadback(Tensor values)
    {
        host = values.to(CPU, copy: true, non_blocking: true).DetachFromDisposeScope(); // from a GPU into pinned memory
        if (values.device_type != DeviceType.CUDA) return;
        CudaRuntime.MakeCurrent(values.device);
        nint made;
        CudaRuntime.Check("cudaEventCreateWithFlags",
            ((delegate* unmanaged[Cdecl]<nint*, uint, int>)CudaRuntime.Export("cudaEventCreateWithFlags"))(&made, SleepsAndTimesNothing));
        mark = made;
        const nint DefaultStream = 0; // libtorch's stream, unless another one is current
        CudaRuntime.Check("cudaEventRecord",
            ((delegate* unmanaged[Cdecl]<nint, nint, int>)CudaRuntime.Export("cudaEventRecord"))(mark, DefaultStream));
    }

    /// <summary>Waits for the copy and returns the numbers.</summary>
    public double[] Read()
    {
        if (mark != 0) CudaRuntime.Call("cudaEventSynchronize", mark);
        return host.data<double>().ToArray();
    }

    public void Dispose()
    {
        if (mark != 0) CudaRuntime.Call("cudaEventDestroy", mark);
        mark = 0;
        host.Dispose();
    }
}
