using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Runtime;

/// <summary>
/// libtorch's autocast to bfloat16 on the current thread: convolutions and matrix products compute in bfloat16, weights and their gradients
/// stay float32, and batch normalisation keeps float32 statistics. TorchSharp does not expose it; libtorch exports it.
/// </summary>
internal sealed partial class Autocast : IDisposable
{
    private readonly sbyte device, typeBefore;
    private readonly bool before;

    private Autocast(DeviceType type)
    {
        device = (sbyte)type;
        (before, typeBefore) = (IsEnabled(device), GetType(device));
        SetType(device, (sbyte)ScalarType.BFloat16);
        SetEnabled(device, true);
        _ = IncrementNesting();
    }

    /// <summary>Turns autocast on for a device until this object is disposed of, on the same thread.</summary>
    public static Autocast ToBFloat16(Device device) => new(device.type);

    public void Dispose()
    {
        // The bfloat16 copies of the weights are cached meanwhile, for a network that uses a weight twice.
        if (DecrementNesting() == 0) ClearCache();
        SetEnabled(device, before);
        SetType(device, typeBefore);
    }

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at8autocast19is_autocast_enabledEN3c1010DeviceTypeE")]
    [return: MarshalAs(UnmanagedType.U1)]
    private static partial bool IsEnabled(sbyte device);

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb")]
    private static partial void SetEnabled(sbyte device, [MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at8autocast18get_autocast_dtypeEN3c1010DeviceTypeE")]
    private static partial sbyte GetType(sbyte device);

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE")]
    private static partial void SetType(sbyte device, sbyte type);

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at8autocast17increment_nestingEv")]
    private static partial int IncrementNesting();

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at8autocast17decrement_nestingEv")]
    private static partial int DecrementNesting();

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at8autocast11clear_cacheEv")]
    private static partial void ClearCache();
}
