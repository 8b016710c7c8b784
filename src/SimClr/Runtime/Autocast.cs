using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Runtime;

/// <summary>
/// libtorch's autocast to bfloat16 on the current thread: convolutions and matrix products compute in bfloat16, weights and their gradients
/// stay float32, and batch normalisation keeps float32 statistics. TorchSharp does not expose it; libtorch exports it.
/// </summary>
internal sealed unsafe class Autocast : IDisposable
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

    private static bool IsEnabled(sbyte device) =>
        ((delegate* unmanaged[Cdecl]<sbyte, byte>)CppFunctions.IsAutocastEnabled.Address)(device) != 0;

    private static void SetEnabled(sbyte device, bool enabled) =>
        ((delegate* unmanaged[Cdecl]<sbyte, byte, void>)CppFunctions.SetAutocastEnabled.Address)(device, enabled ? (byte)1 : (byte)0);

    private static sbyte GetType(sbyte device) =>
        ((delegate* unmanaged[Cdecl]<sbyte, sbyte>)CppFunctions.GetAutocastType.Address)(device);

    private static void SetType(sbyte device, sbyte type) =>
        ((delegate* unmanaged[Cdecl]<sbyte, sbyte, void>)CppFunctions.SetAutocastType.Address)(device, type);

    private static int IncrementNesting() => ((delegate* unmanaged[Cdecl]<int>)CppFunctions.IncrementAutocastNesting.Address)();

    private static int DecrementNesting() => ((delegate* unmanaged[Cdecl]<int>)CppFunctions.DecrementAutocastNesting.Address)();

    private static void ClearCache() => ((delegate* unmanaged[Cdecl]<void>)CppFunctions.ClearAutocastCache.Address)();
}
