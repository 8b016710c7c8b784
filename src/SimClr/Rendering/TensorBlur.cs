using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Rendering;

/// <summary>
/// The blur of <see cref="GaussianBlur{V}"/> for many views at once, each with its own σ: a product with a matrix of weights from each
/// side.
/// </summary>
internal static class TensorBlur
{
    /// <summary>Blurs views.</summary>
    /// <param name="x">(B, C, S, S); borrowed.</param>
    /// <param name="sigma">(B), above 0, in pixels.</param>
    /// <param name="padding">The values beyond the border.</param>
    /// <returns>Owned by the caller.</returns>
    public static Tensor Apply(Tensor x, Tensor sigma, BlurPadding padding)
    {
        using var scope = NewDisposeScope();
        long n = x.shape[0], channels = x.shape[1], size = x.shape[3];
        var across = Weights(sigma.to(float32).reshape(-1, 1, 1), (int)size, padding).transpose(1, 2).contiguous();             // (B, S, S)
        var y = x.reshape(n, channels * size, size).bmm(across); // along the columns, transposed
        y = y.reshape(n, channels, size, size).transpose(2, 3).reshape(n, channels * size, size).bmm(across); // along the columns, turned
        return y.reshape(n, channels, size, size).transpose(2, 3).MoveToOuterDisposeScope();
    }

    // (B, S, S): row o has the weights of the pixels i. Weights beyond the border are added to the reflected pixels.
    private static Tensor Weights(Tensor sigma, int size, BlurPadding padding)
    {
        using var scope = NewDisposeScope();
        int radius = GaussianBlur<Floats4>.KernelSize(size) / 2;
        var scale = -0.5 / (sigma * sigma);
        var total = (arange(-radius, radius + 1, float32, sigma.device).square() * scale).exp().sum(2, keepdim: true);         // (B, 1, 1)
        var (outputs, inputs) =
            (arange(size, float32, sigma.device).reshape(1, -1, 1), arange(size, float32, sigma.device).reshape(1, 1, -1));
        var weights = At(inputs - outputs);
        if (padding == BlurPadding.Reflect)
        {
            weights = weights + At(-inputs - outputs) * inputs.gt(0);
            weights = weights + At(2 * (size - 1) - inputs - outputs) * inputs.lt(size - 1);
        }
        return (weights / total).MoveToOuterDisposeScope();

        Tensor At(Tensor distance) => (distance.square() * scale).exp() * distance.abs().le(radius);
    }
}
