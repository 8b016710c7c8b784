using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Runtime;

/// <summary>
/// libtorch's autocast to bfloat16 on the thread at work: convolutions and matrix products take bfloat16, weights stay float32 and get
/// float32 gradients, batch normalisation keeps float32 statistics. TorchSharp has no name for it; libtorch exports it.
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

    /// <summary>Autocast on a device until this is disposed of, on the same thread.</summary>
    public static Autocast ToBFloat16(Device device) => new(device.type);

    public void Dispose()
    {
        // The weights' bfloat16 copies are kept while it lasts, for a network that uses one twice.
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
