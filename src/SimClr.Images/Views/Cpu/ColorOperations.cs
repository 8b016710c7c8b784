using System.Runtime.InteropServices;

namespace SimClr.Views;

/// <summary>
/// The colour operations, in place on whole registers of values in [0, 1], each followed by its clip. The definitions are torchvision's
/// (<c>transforms/_functional_tensor.py</c>): Pillow's without rounding to bytes.
/// </summary>
internal static partial class ColorOperations<V> where V : struct, IFloats<V>
{
    /// <summary>x ← clip(x·factor).</summary>
    public static void Brightness(RgbSpans pixels, float factor) => Run(pixels, new BlendKernel(factor, 0, 0, 0));

    /// <summary>x ← clip(mean + (x − mean)·factor), with a mean per channel.</summary>
    public static void Contrast(RgbSpans pixels, float factor, (float R, float G, float B) mean) =>
        Run(pixels, new BlendKernel(factor, mean.R, mean.G, mean.B));

    /// <summary>x ← clip(gray + (x − gray)·factor) at every pixel.</summary>
    public static void Saturation(RgbSpans pixels, float factor) => Run(pixels, new SaturationKernel(factor));

    /// <summary>Shifts the hue of every pixel by <paramref name="shift"/> of the colour circle, in HSV.</summary>
    public static void Hue(RgbSpans pixels, float shift) => Run(pixels, new HueKernel(shift));

    /// <summary>R, G and B ← 0.2989 R + 0.587 G + 0.114 B.</summary>
    public static void Grayscale(RgbSpans pixels) => Run(pixels, new GrayscaleKernel());

    /// <summary>x ← 1 − x where x ≥ threshold.</summary>
    public static void Solarize(RgbSpans pixels, float threshold) => Run(pixels, new SolarizeKernel(threshold));

    /// <summary>x ← clip(x) to [0, 1].</summary>
    public static void Clip(RgbSpans pixels) => Run(pixels, new BlendKernel(1, 0, 0, 0));

    /// <summary>x ← (x − mean)·scale, per channel.</summary>
    public static void Normalize(RgbSpans pixels, ReadOnlySpan<float> mean, ReadOnlySpan<float> scale) =>
        Run(pixels, new NormalizeKernel(mean, scale));

    /// <summary>The sums of R, G and B.</summary>
    public static (float R, float G, float B) Sums(RgbSpans pixels) => (Sum(pixels.R), Sum(pixels.G), Sum(pixels.B));

    private static float Sum(ReadOnlySpan<float> values)
    {
        ref float x = ref MemoryMarshal.GetReference(values);
        V sum = V.All(0);
        for (nint i = 0; i < values.Length; i += V.Lanes) sum += V.Load(ref x, i);
        return sum.Sum();
    }

    private static void Run<TKernel>(RgbSpans pixels, TKernel kernel) where TKernel : struct, IKernel
    {
        ref float r = ref MemoryMarshal.GetReference(pixels.R), g = ref MemoryMarshal.GetReference(pixels.G),
            b = ref MemoryMarshal.GetReference(pixels.B);
        for (nint i = 0; i < pixels.Length; i += V.Lanes)
        {
            V x = V.Load(ref r, i), y = V.Load(ref g, i), z = V.Load(ref b, i);
            kernel.Apply(ref x, ref y, ref z);
            x.Store(ref r, i);
            y.Store(ref g, i);
            z.Store(ref b, i);
        }
    }
}
