using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Runtime;

/// <summary>
/// Makes cuDNN time its algorithms for each new shape of a convolution and then use the fastest. The shapes of a network do not change.
/// This is a setting of the process that TorchSharp does not expose. libtorch reads it when an operation is enqueued. It stays changed
/// until the last such object is disposed of; cuDNN keeps the results of the timing.
/// </summary>
internal sealed unsafe class CudnnTiming : IDisposable
{
    private static readonly Lock Gate = new();
    private static int users; // on all threads
    private static bool before; // the setting while there is none

    private CudnnTiming()
    {
        lock (Gate)
        {
            if (users++ > 0) return;
            before = IsOn;
            Set(GlobalContext(), true);
        }
    }

    /// <summary>For work on a device; null if the device has no cuDNN.</summary>
    public static CudnnTiming? For(Device device) => device.type == DeviceType.CUDA ? Begin() : null;

    /// <summary>For work on a device that has cuDNN.</summary>
    internal static CudnnTiming Begin() => new();

    /// <summary>The setting.</summary>
    internal static bool IsOn => Get(GlobalContext());

    public void Dispose()
    {
        lock (Gate)
        {
            if (--users == 0) Set(GlobalContext(), before);
        }
    }

    private static nint GlobalContext() => ((delegate* unmanaged[Cdecl]<nint>)CppFunctions.GlobalContext.Address)();

    private static bool Get(nint context) => ((delegate* unmanaged[Cdecl]<nint, byte>)CppFunctions.BenchmarkCuDnn.Address)(context) != 0;

    private static void Set(nint context, bool enabled) =>
        ((delegate* unmanaged[Cdecl]<nint, byte, void>)CppFunctions.SetBenchmarkCuDnn.Address)(context, enabled ? (byte)1 : (byte)0);
}
