using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// The memory order N, H, W, C under the shape (N, C, H, W). libtorch's convolutions are faster on it, and every operation of the networks
/// here keeps it. TorchSharp has no memory_format, so the order is made by permuting.
/// </summary>
internal static class ChannelsLast
{
    /// <summary>
    /// The same values in this order: (N, C, H, W) → (N, C, H, W); owned by the caller. An alias if <paramref name="x"/> has the order
    /// already. Features (N, C) become contiguous.
    /// </summary>
    public static Tensor Of(Tensor x)
    {
        if (x.dim() == 2) return x.contiguous();
        using var nhwc = x.permute(0, 2, 3, 1);
        using var contiguous = nhwc.contiguous();
        // With one channel both orders are the same, and libtorch decides by the strides.
        if (x.shape is [_, 1, var height, var width])
            return contiguous.as_strided([x.shape[0], 1, height, width], [height * width, 1, width, 1], contiguous.storage_offset());
        return contiguous.permute(0, 3, 1, 2);
    }

    /// <summary>Gives a weight (out, in, k, k) this order, in place; its values do not change.</summary>
    public static void Restride(Parameter weight)
    {
        using var _ = no_grad();
        using var ordered = Of(weight);
        weight.set_(ordered);
    }
}
