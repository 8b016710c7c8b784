using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Runtime;

/// <summary>
/// Whether the tensors of a libtorch are laid out as TorchSharp's native part reads them. It was compiled for one version, and it reads a
/// tensor's shape, type and address in place, without a call. A libtorch with another layout and all of <see cref="RequiredSymbols"/>
/// would give it wrong numbers. (That of 2.14 is eight bytes shorter.)
/// </summary>
internal static class RequiredLayout
{
    /// <summary>Makes a tensor by libtorch's operations and reads every property that TorchSharp reads in place.</summary>
    /// <param name="directory">The folder of libtorch, for the message.</param>
    /// <param name="version">The version of libtorch, for the message.</param>
    /// <exception cref="PlatformNotSupportedException">A property has another value; the message names it.</exception>
    public static void Check(string directory, string version)
    {
        using var scope = NewDisposeScope();
        if (FirstDifference(arange(12, float64, CPU).reshape(3, 4)) is { } property)
            throw new PlatformNotSupportedException($"The libtorch in {directory} is version {version}, and TorchSharp here is for " +
                $"{LibTorch.RequiredVersion}: it reads the {property} of a tensor wrongly there, because its layout in memory is another.");
    }

    /// <summary>The first property that is read wrongly; null if there is none.</summary>
    /// <param name="made">The numbers 0 to 11 as (3, 4) float64 on the CPU.</param>
    internal static string? FirstDifference(Tensor made)
    {
        // Those with the smallest damage come first: a wrong number of dimensions would make an array of any length.
        (string Name, Func<bool> IsRight)[] properties =
        [
            ("number of dimensions", () => made.ndim == 2),
            ("type", () => made.dtype == ScalarType.Float64),
            ("device", () => made.device_type == DeviceType.CPU),
            ("number of values", () => made.numel() == 12),
            ("shape", () => made.shape is [3, 4]),
            ("order of values", () => made.is_contiguous() && !made.t().is_contiguous() && made.t().stride() is [1, 4]),
            ("offset", () => made.narrow(1, 1, 2).storage_offset() == 1),
            ("need of a gradient", () => !made.requires_grad && made.clone().requires_grad_().requires_grad),
            ("values", () => made.narrow(0, 1, 2).data<double>().ToArray() is [4, 5, 6, 7, 8, 9, 10, 11]),
        ];
        return properties.FirstOrDefault(property => !IsRight(property.IsRight)).Name;
    }

    private static bool IsRight(Func<bool> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not OutOfMemoryException) // TorchSharp throws many types for a number that makes no sense
        {
            return false;
        }
    }
}
