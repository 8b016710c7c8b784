using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Runtime;

/// <summary>
/// Makes cuDNN time its algorithms for each new shape of a convolution and then use the fastest. The shapes of a network do not change.
/// This is a setting of the process that TorchSharp does not expose. libtorch reads it when an operation is enqueued. It stays changed
/// until this object is disposed of; cuDNN keeps the results of the timing.
/// </summary>
internal sealed partial class CudnnTiming : IDisposable
{
    private readonly bool before;

    private CudnnTiming()
    {
        before = Get(GlobalContext());
        if (!before) Set(GlobalContext(), true);
    }

    /// <summary>For work on a device; null if the device has no cuDNN.</summary>
    public static CudnnTiming? For(Device device) => device.type == DeviceType.CUDA ? new() : null;

    public void Dispose()
    {
        if (!before) Set(GlobalContext(), false);
    }

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at13globalContextEv")]
    private static partial nint GlobalContext();

    [LibraryImport("torch_cpu", EntryPoint = "_ZNK2at7Context14benchmarkCuDNNEv")]
    [return: MarshalAs(UnmanagedType.U1)]
    private static partial bool Get(nint context);

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at7Context17setBenchmarkCuDNNEb")]
    private static partial void Set(nint context, [MarshalAs(UnmanagedType.U1)] bool enabled);
}
