using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Runtime;

/// <summary>
/// Some numbers on their way from a device to the host. The copy is enqueued when this is made and marked with an event of CUDA's:
/// reading waits for what was enqueued before, and not for what was enqueued since.
/// </summary>
internal sealed unsafe class AsyncReadback : IDisposable
{
    private const uint SleepsAndTimesNothing = 3; // cudaEventBlockingSync | cudaEventDisableTiming

    private readonly Tensor host;
    private nint mark;

    /// <summary>Sends numbers to the host.</summary>
    /// <param name="values">(n) float64, on any device; borrowed.</param>
    public AsyncReadback(Tensor values)
    {
        host = values.to(CPU, copy: true, non_blocking: true).DetachFromDisposeScope(); // from a GPU into pinned memory
        if (values.device_type != DeviceType.CUDA) return;
        CudaRuntime.MakeCurrent(values.device);
        nint made;
        CudaRuntime.Check("cudaEventCreateWithFlags", ((delegate* unmanaged[Cdecl]<nint*, uint, int>)CudaRuntime.Export("cudaEventCreateWithFlags"))(&made, SleepsAndTimesNothing));
        mark = made;
        const nint DefaultStream = 0; // libtorch's, unless another is made current
        CudaRuntime.Check("cudaEventRecord", ((delegate* unmanaged[Cdecl]<nint, nint, int>)CudaRuntime.Export("cudaEventRecord"))(mark, DefaultStream));
    }

    /// <summary>Waits until they are there.</summary>
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
