using System.Runtime.InteropServices;
using SimClr.Runtime;
using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Rendering;

/// <summary>A user's augmentations in their tensor form.</summary>
internal static class TensorAugmentations
{
    /// <summary>Refuses an augmentation without a tensor form.</summary>
    /// <exception cref="ConfigurationException">An augmentation has no tensor form.</exception>
    public static void Require(AugmentationList augmentations, Device device)
    {
        if (augmentations.Steps.FirstOrDefault(step => step is not ITensorAugmentation) is { } step)
            throw new ConfigurationException($"The augmentation '{step.Name}' has no tensor form (ITensorAugmentation), so views " +
                $"cannot be rendered on {device}: implement it, or render on the CPU.");
    }

    /// <summary>Changes views.</summary>
    /// <param name="augmentations">The augmentations; each has a tensor form.</param>
    /// <param name="x">(V, C, S, S), in the caller's dispose scope; may be changed in place.</param>
    /// <param name="numbers">(V, <see cref="AugmentationList.Numbers"/>).</param>
    /// <returns>The views, in the caller's dispose scope.</returns>
    /// <exception cref="InvalidOperationException">An augmentation returns a tensor of another shape, dtype or device.</exception>
    public static Tensor Apply(AugmentationList augmentations, Tensor x, ReadOnlySpan<float> numbers)
    {
        using var all = OnDevice(numbers, x.shape[0], augmentations.Numbers, x.device);
        int at = 0;
        foreach (var step in augmentations.Steps)
        {
            using var scope = NewDisposeScope();
            var changed = ((ITensorAugmentation)step).Apply(x, all.narrow(1, at, step.Numbers));
            at += step.Numbers;
            if (ReferenceEquals(changed, x)) continue;
            if (!changed.shape.SequenceEqual(x.shape) || changed.dtype != x.dtype || changed.device_type != x.device_type)
                throw new InvalidOperationException($"The augmentation '{step.Name}' made {Shown(changed)} of {Shown(x)}.");
            x = changed.MoveToOuterDisposeScope();
        }
        return x;
    }

    private static Tensor OnDevice(ReadOnlySpan<float> numbers, long views, int each, Device device)
    {
        if (each == 0) return zeros([views, 0], float32, device);
        using var host = empty([views, each]);
        numbers.CopyTo(MemoryMarshal.Cast<byte, float>(host.bytes));
        return DeviceCopy.To(host, device);
    }

    private static string Shown(Tensor x) => $"({string.Join(", ", x.shape)}) {x.dtype} on {x.device_type}";
}
