using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SimClr.Views;

/// <summary>
/// The colour operations, in place on three planes of values in [0, 1], with the clip that follows each. The definitions
/// are torchvision's (<c>transforms/_functional_tensor.py</c>), which are Pillow's without the rounding to bytes.
/// </summary>
internal static class ColorOperations
{
    private const float WeightR = 0.2989f, WeightG = 0.587f, WeightB = 0.114f; // ITU-R BT.601, as rounded by torchvision

    /// <summary>x ← clip(x·factor).</summary>
    public static void Brightness(Span<float> planes, float factor) => Blend(planes, factor, 0);

    /// <summary>x ← clip(mean + (x − mean)·factor), the mean being that of the gray image or of each channel.</summary>
    public static void Contrast(Span<float> planes, float factor, ContrastMean around)
    {
        int n = planes.Length / 3;
        Span<float> r = planes[..n], g = planes.Slice(n, n), b = planes[(2 * n)..];
        if (around == ContrastMean.Gray)
        {
            float mean = (WeightR * Sum(r) + WeightG * Sum(g) + WeightB * Sum(b)) / n;
            Blend(planes, factor, mean * (1 - factor));
        }
        else
        {
            Blend(r, factor, Sum(r) / n * (1 - factor));
            Blend(g, factor, Sum(g) / n * (1 - factor));
            Blend(b, factor, Sum(b) / n * (1 - factor));
        }
    }

    /// <summary>x ← clip(gray + (x − gray)·factor) at every pixel.</summary>
    public static void Saturation(Span<float> planes, float factor) => Run(planes, new SaturationKernel(factor));

    /// <summary>Turns the hue of every pixel by <paramref name="shift"/> of the colour circle, in HSV.</summary>
    public static void Hue(Span<float> planes, float shift) => Run(planes, new HueKernel(shift));

    /// <summary>R, G and B ← 0.2989 R + 0.587 G + 0.114 B.</summary>
    public static void Grayscale(Span<float> planes) => Run(planes, new GrayscaleKernel());

    /// <summary>x ← 1 − x where x ≥ threshold.</summary>
    public static void Solarize(Span<float> planes, float threshold)
    {
        for (int i = 0; i < planes.Length; i++)
            planes[i] = planes[i] >= threshold ? 1 - planes[i] : planes[i];
    }

    /// <summary>x ← clip(x) to [0, 1].</summary>
    public static void Clip(Span<float> planes) => Blend(planes, 1, 0);

    private static float Sum(ReadOnlySpan<float> values) => TensorPrimitives.Sum(values);

    private static void Blend(Span<float> values, float factor, float offset)
    {
        ref float x = ref MemoryMarshal.GetReference(values);
        Vector256<float> f = Vector256.Create(factor), o = Vector256.Create(offset);
        int i = 0;
        for (; i <= values.Length - 8; i += 8)
            Clip(Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref x, (nuint)i), f, o)).StoreUnsafe(ref x, (nuint)i);
        for (; i < values.Length; i++)
            values[i] = Math.Clamp(float.FusedMultiplyAdd(values[i], factor, offset), 0, 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Clip(Vector256<float> x) =>
        Vector256.MinNative(Vector256.MaxNative(x, Vector256<float>.Zero), Vector256<float>.One);

    private interface IPixelKernel
    {
        void Apply(ref Vector256<float> r, ref Vector256<float> g, ref Vector256<float> b);
    }

    private static void Run<TKernel>(Span<float> planes, TKernel kernel) where TKernel : struct, IPixelKernel
    {
        int n = planes.Length / 3, i = 0;
        ref float r = ref MemoryMarshal.GetReference(planes);
        ref float g = ref Unsafe.Add(ref r, n);
        ref float b = ref Unsafe.Add(ref r, 2 * n);
        for (; i <= n - 8; i += 8)
        {
            var (x, y, z) = (Vector256.LoadUnsafe(ref r, (nuint)i), Vector256.LoadUnsafe(ref g, (nuint)i), Vector256.LoadUnsafe(ref b, (nuint)i));
            kernel.Apply(ref x, ref y, ref z);
            x.StoreUnsafe(ref r, (nuint)i);
            y.StoreUnsafe(ref g, (nuint)i);
            z.StoreUnsafe(ref b, (nuint)i);
        }
        for (; i < n; i++) // the last few pixels, each in all lanes: the same arithmetic, so the same result
        {
            var (x, y, z) = (Vector256.Create(Unsafe.Add(ref r, i)), Vector256.Create(Unsafe.Add(ref g, i)), Vector256.Create(Unsafe.Add(ref b, i)));
            kernel.Apply(ref x, ref y, ref z);
            (Unsafe.Add(ref r, i), Unsafe.Add(ref g, i), Unsafe.Add(ref b, i)) = (x[0], y[0], z[0]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Gray(Vector256<float> r, Vector256<float> g, Vector256<float> b) =>
        Vector256.FusedMultiplyAdd(b, Vector256.Create(WeightB), Vector256.FusedMultiplyAdd(g, Vector256.Create(WeightG), r * WeightR));

    private readonly struct GrayscaleKernel : IPixelKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector256<float> r, ref Vector256<float> g, ref Vector256<float> b) => r = g = b = Gray(r, g, b);
    }

    private readonly struct SaturationKernel(float factor) : IPixelKernel
    {
        private readonly Vector256<float> keep = Vector256.Create(factor), rest = Vector256.Create(1 - factor);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector256<float> r, ref Vector256<float> g, ref Vector256<float> b)
        {
            var gray = Gray(r, g, b) * rest;
            r = Clip(Vector256.FusedMultiplyAdd(r, keep, gray));
            g = Clip(Vector256.FusedMultiplyAdd(g, keep, gray));
            b = Clip(Vector256.FusedMultiplyAdd(b, keep, gray));
        }
    }

    // With V the largest and C = V·S the spread of the channels, channel n of a colour of hue h (in sixths of the circle) is
    // V − C·clip(min(k, 4 − k)) for k = (n + h) mod 6 and n = 5, 3, 1 for R, G, B: HSV without S, and without branches.
    private readonly struct HueKernel(float shift) : IPixelKernel
    {
        private readonly Vector256<float> sixths = Vector256.Create(6 * shift);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector256<float> r, ref Vector256<float> g, ref Vector256<float> b)
        {
            var max = Vector256.MaxNative(r, Vector256.MaxNative(g, b));
            var spread = max - Vector256.MinNative(r, Vector256.MinNative(g, b));
            // A gray pixel has no hue; any divisor does, since the spread it is multiplied with is 0.
            var inverse = Vector256<float>.One / Vector256.ConditionalSelect(Vector256.Equals(spread, Vector256<float>.Zero), Vector256<float>.One, spread);
            var hue = Vector256.ConditionalSelect(
                Vector256.Equals(max, r), (g - b) * inverse,
                Vector256.ConditionalSelect(
                    Vector256.Equals(max, g), Vector256.FusedMultiplyAdd(b - r, inverse, Vector256.Create(2f)), Vector256.FusedMultiplyAdd(r - g, inverse, Vector256.Create(4f))));
            hue += sixths;
            r = Channel(hue + Vector256.Create(5f), max, spread);
            g = Channel(hue + Vector256.Create(3f), max, spread);
            b = Channel(hue + Vector256.Create(1f), max, spread);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<float> Channel(Vector256<float> k, Vector256<float> max, Vector256<float> spread)
        {
            k = Vector256.FusedMultiplyAdd(Vector256.Floor(k * (1 / 6f)), Vector256.Create(-6f), k);
            return Vector256.FusedMultiplyAdd(-spread, Clip(Vector256.MinNative(k, Vector256.Create(4f) - k)), max);
        }
    }
}
