using System.Runtime.CompilerServices;

namespace SimClr.Views;

// The operations on one register of pixels.
internal static partial class ColorOperations<V>
{
    public const float WeightR = 0.2989f, WeightG = 0.587f, WeightB = 0.114f; // ITU-R BT.601, as rounded by torchvision

    /// <summary>0.2989 R + 0.587 G + 0.114 B.</summary>
    public static float Gray(float r, float g, float b) => WeightR * r + WeightG * g + WeightB * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Gray(V r, V g, V b) =>
        V.MultiplyAdd(b, V.All(WeightB), V.MultiplyAdd(g, V.All(WeightG), r * V.All(WeightR)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Clip(V x, V high) => V.Min(V.Max(x, V.All(0)), high);

    private interface IKernel
    {
        void Apply(ref V r, ref V g, ref V b);
    }

    private readonly struct BlendKernel(float factor, float r, float g, float b) : IKernel
    {
        private readonly V keep = V.All(factor), r = V.All(r * (1 - factor)), g = V.All(g * (1 - factor)), b = V.All(b * (1 - factor));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref V r, ref V g, ref V b)
        {
            V one = V.All(1);
            r = Clip(V.MultiplyAdd(r, keep, this.r), one);
            g = Clip(V.MultiplyAdd(g, keep, this.g), one);
            b = Clip(V.MultiplyAdd(b, keep, this.b), one);
        }
    }

    private readonly struct SaturationKernel(float factor) : IKernel
    {
        private readonly V keep = V.All(factor), rest = V.All(1 - factor);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref V r, ref V g, ref V b)
        {
            V gray = Gray(r, g, b) * rest, one = V.All(1);
            r = Clip(V.MultiplyAdd(r, keep, gray), one);
            g = Clip(V.MultiplyAdd(g, keep, gray), one);
            b = Clip(V.MultiplyAdd(b, keep, gray), one);
        }
    }

    // Let m be the smallest channel, C the spread of the channels and h the hue in sixths of the circle. Then R is m + C·clip(|h − 3| − 1),
    // G is m + C·clip(2 − |h − 2|) and B is m + C·clip(2 − |h − 4|): HSV without S and V. Everything is multiplied by C, with H = C·h, so
    // nothing is divided. A gray pixel has C = 0 and no hue, and does not change.
    private readonly struct HueKernel(float shift) : IKernel
    {
        private readonly V sixths = V.All(6 * (shift - MathF.Floor(shift))); // in [0, 6]

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref V r, ref V g, ref V b)
        {
            V high = V.Max(r, V.Max(g, b)), low = V.Min(r, V.Min(g, b)), c = high - low, c2 = c + c, c4 = c2 + c2, zero = V.All(0);
            V hue = V.IfEqual(high, r, g - b, V.IfEqual(high, g, c2 + (b - r), c4 + (r - g))); // in [−C, 5C]
            hue = V.MultiplyAdd(c, sixths, hue);                                                // in [−C, 11C]
            hue -= V.IfAtLeast(hue, c4 + c, c4 + c2, zero); // in [−C, 5C] again; B needs a second slope there
            r = low + Clip(V.Abs(hue - (c2 + c)) - c, c);
            g = low + Clip(c2 - V.Abs(hue - c2), c);
            b = low + Clip(V.Max(c2 - V.Abs(hue - c4), zero - hue), c);
        }
    }

    private readonly struct GrayscaleKernel : IKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref V r, ref V g, ref V b) => r = g = b = Gray(r, g, b);
    }

    private readonly struct SolarizeKernel(float threshold) : IKernel
    {
        private readonly V threshold = V.All(threshold);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref V r, ref V g, ref V b) => (r, g, b) = (Solarized(r), Solarized(g), Solarized(b));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private V Solarized(V x) => V.IfAtLeast(x, threshold, V.All(1) - x, x);
    }

    private readonly struct NormalizeKernel(ReadOnlySpan<float> mean, ReadOnlySpan<float> scale) : IKernel
    {
        private readonly V meanR = V.All(mean[0]), meanG = V.All(mean[1]), meanB = V.All(mean[2]);
        private readonly V scaleR = V.All(scale[0]), scaleG = V.All(scale[1]), scaleB = V.All(scale[2]);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref V r, ref V g, ref V b) => (r, g, b) = ((r - meanR) * scaleR, (g - meanG) * scaleG, (b - meanB) * scaleB);
    }
}
