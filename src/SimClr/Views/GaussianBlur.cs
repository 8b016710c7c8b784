using System.Numerics.Tensors;

namespace SimClr.Views;

/// <summary>
/// Gaussian blur of three planes: separable, w(x) ∝ exp(−x²/2σ²), on a kernel of 10 % of the side made odd (SimCLR,
/// Appendix A). Scratch memory is kept between calls: one per thread.
/// </summary>
internal sealed class GaussianBlur
{
    private float[] weights = [], line = [], down = [];

    /// <summary>The number of taps for views of <paramref name="size"/> pixels: ⌊size/10⌋, the next odd number, at least 3.</summary>
    public static int KernelSize(int size) => Math.Max(3, size / 10 | 1);

    /// <summary>Blurs every plane in place.</summary>
    /// <param name="planes">(3, H, W).</param>
    /// <param name="width">W, above half the kernel with reflection.</param>
    /// <param name="height">H, likewise.</param>
    /// <param name="kernel">Taps, odd.</param>
    /// <param name="sigma">σ in pixels, above 0.</param>
    /// <param name="padding">What lies beyond the border.</param>
    public void Apply(Span<float> planes, int width, int height, int kernel, float sigma, BlurPadding padding)
    {
        int radius = ComputeWeights(kernel, sigma);
        if (radius == 0) return;
        int plane = width * height;
        if (down.Length < plane) down = new float[plane];
        if (line.Length < width + 2 * radius) line = new float[width + 2 * radius + 64];
        for (int c = 0; c < 3; c++)
        {
            var values = planes.Slice(c * plane, plane);
            BlurColumns(values, down.AsSpan(0, plane), width, height, radius, padding);
            BlurRows(down.AsSpan(0, plane), values, width, height, radius, padding);
        }
    }

    // The taps that round to nothing beside the middle one (below 2⁻²⁷ of it) are left out: σ = 0.5 at 224 px needs 7 of 23.
    private int ComputeWeights(int kernel, float sigma)
    {
        int radius = Math.Min(kernel / 2, (int)(sigma * Math.Sqrt(2 * 27 * Math.Log(2))));
        int full = kernel / 2;
        if (weights.Length < radius + 1) weights = new float[full + 1];
        double total = 0;
        for (int x = -full; x <= full; x++) total += Math.Exp(-0.5 * x * x / ((double)sigma * sigma));
        for (int x = 0; x <= radius; x++) weights[x] = (float)(Math.Exp(-0.5 * x * x / ((double)sigma * sigma)) / total);
        return radius;
    }

    private void BlurColumns(ReadOnlySpan<float> from, Span<float> to, int width, int height, int radius, BlurPadding padding)
    {
        for (int y = 0; y < height; y++)
        {
            var row = to.Slice(y * width, width);
            TensorPrimitives.Multiply(from.Slice(y * width, width), weights[0], row);
            for (int k = 1; k <= radius; k++)
            {
                if (Inside(y - k, height, padding, out int above))
                    TensorPrimitives.FusedMultiplyAdd(from.Slice(above * width, width), weights[k], row, row);
                if (Inside(y + k, height, padding, out int below))
                    TensorPrimitives.FusedMultiplyAdd(from.Slice(below * width, width), weights[k], row, row);
            }
        }
    }

    private void BlurRows(ReadOnlySpan<float> from, Span<float> to, int width, int height, int radius, BlurPadding padding)
    {
        for (int y = 0; y < height; y++)
        {
            var source = from.Slice(y * width, width);
            source.CopyTo(line.AsSpan(radius));
            for (int k = 1; k <= radius; k++)
            {
                line[radius - k] = Inside(-k, width, padding, out int left) ? source[left] : 0;
                line[radius + width - 1 + k] = Inside(width - 1 + k, width, padding, out int right) ? source[right] : 0;
            }
            var row = to.Slice(y * width, width);
            TensorPrimitives.Multiply(source, weights[0], row);
            for (int k = 1; k <= radius; k++)
            {
                TensorPrimitives.FusedMultiplyAdd(line.AsSpan(radius - k, width), weights[k], row, row);
                TensorPrimitives.FusedMultiplyAdd(line.AsSpan(radius + k, width), weights[k], row, row);
            }
        }
    }

    private static bool Inside(int at, int length, BlurPadding padding, out int index)
    {
        index = at < 0 ? -at : at >= length ? 2 * (length - 1) - at : at;
        return index == at || padding == BlurPadding.Reflect;
    }
}
