using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// A 3×3 convolution with a border of one zero on images of at most 2 × 2 pixels, where every output depends on every input. It is one
/// matrix product over pixels and channels, with less than half of the convolution's arithmetic, and it is faster because it is so simple.
/// </summary>
internal static class DenseConvolution
{
    public static bool Suits(Tensor x) => x.device_type == TorchSharp.DeviceType.CPU && x.shape[2] <= 2 && x.shape[3] <= 2;

    /// <summary>The matrix of the convolution; differentiable.</summary>
    /// <param name="weight">(K, C, 3, 3); borrowed.</param>
    /// <param name="height">H, 1 or 2.</param>
    /// <param name="width">W, 1 or 2.</param>
    /// <returns>(H·W·C, H·W·K), pixels before channels; owned by the caller.</returns>
    public static Tensor Matrix(Tensor weight, long height, long width)
    {
        using var scope = NewDisposeScope();
        long pixels = height * width, outputs = weight.shape[0], inputs = weight.shape[1];
        var taps = new List<long>();
        for (long from = 0; from < pixels; from++)
        {
            for (long to = 0; to < pixels; to++) taps.Add((from / width - to / width + 1) * 3 + from % width - to % width + 1);
        }
        return weight.permute(2, 3, 1, 0).reshape(9, inputs, outputs).index_select(0, tensor(taps, device: weight.device))
            .reshape(pixels, pixels, inputs, outputs).permute(0, 2, 1, 3).reshape(pixels * inputs, pixels * outputs)
                .MoveToOuterDisposeScope();
    }

    /// <summary>(N, C, H, W) → (N, K, H, W) in N, H, W, C order; differentiable; owned by the caller.</summary>
    /// <param name="x">The input, in any memory order.</param>
    /// <param name="matrix">The result of <see cref="Matrix"/> for H and W; borrowed.</param>
    public static Tensor Convolve(Tensor x, Tensor matrix)
    {
        using var scope = NewDisposeScope();
        long[] shape = x.shape;
        return x.permute(0, 2, 3, 1).reshape(shape[0], matrix.shape[0]).mm(matrix)
            .reshape(shape[0], shape[2], shape[3], -1).permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }
}
