using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Runtime;

/// <summary>
/// Has cuDNN time its ways of computing a convolution when it meets one of a new shape, and take the fastest from there on: a network's shapes never change. A setting of the
/// process that TorchSharp has no name for, looked at when an operation is enqueued; this changes it until it is disposed of. What was timed is kept.
/// </summary>
internal sealed partial class CudnnTiming : IDisposable
{
    private readonly bool before;

    private CudnnTiming()
    {
        before = Get(GlobalContext());
        if (!before) Set(GlobalContext(), true);
    }

    /// <summary>For work on a device; null where there is no cuDNN.</summary>
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
