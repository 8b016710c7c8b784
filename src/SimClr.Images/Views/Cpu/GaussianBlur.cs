using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SimClr.Views;

/// <summary>
/// Gaussian blur across the lines of planes: w(x) ∝ exp(−x²/2σ²), with a kernel of 10 % of the side, made odd (SimCLR, Appendix A). The
/// blur is separable: one pass over the lines, and one over the lines of the transposed image. Keeps its weights between calls: one per
/// thread.
/// </summary>
/// <param name="kernel">The number of taps, odd.</param>
internal sealed class GaussianBlur<V>(int kernel) where V : struct, IFloats<V>
{
    private const int Together = 4; // lines that share their loads

    private readonly float[] weights = new float[kernel + Together];
    private int radius;

    /// <summary>The number of taps for views of <paramref name="size"/> pixels: ⌊size/10⌋, the next odd number, at least 3.</summary>
    public static int KernelSize(int size) => Math.Max(3, size / 10 | 1);

    /// <summary>The lines that planes need before the first and after the last line.</summary>
    public int Margin => kernel / 2 + V.Lanes;

    /// <summary>Computes the weights.</summary>
    /// <param name="sigma">σ in lines, above 0.</param>
    public void Prepare(float sigma)
    {
        // Taps below 2⁻²⁷ of the middle one round to nothing and are left out: σ = 0.5 at 224 px needs 7 of 23 taps.
        int full = kernel / 2;
        radius = Math.Min(full, (int)(sigma * Math.Sqrt(2 * 27 * Math.Log(2))));
        double total = 0, scale = -0.5 / ((double)sigma * sigma);
        for (int x = -full; x <= full; x++) total += Math.Exp(scale * x * x);
        for (int x = -radius; x <= radius; x++) weights[radius + x] = (float)(Math.Exp(scale * x * x) / total);
        weights.AsSpan(2 * radius + 1).Clear();
    }

    /// <summary>Blurs one plane.</summary>
    /// <param name="from">The first line; the margins are overwritten.</param>
    /// <param name="to">
    /// The first line of the result. If the number of lines is not a multiple of 4, a few lines after the last are overwritten too.
    /// </param>
    /// <param name="stride">Floats per line, whole registers.</param>
    /// <param name="lines">The number of lines; with reflection, more than half the kernel.</param>
    /// <param name="padding">The values beyond the first and the last line.</param>
    public void Apply(ref float from, ref float to, int stride, int lines, BlurPadding padding)
    {
        for (int k = 1; k <= radius; k++)
        {
            Fill(ref from, -k, k, stride, padding);
            Fill(ref from, lines - 1 + k, lines - 1 - k, stride, padding);
        }
        for (int line = 0; line < lines; line += Together)
        {
            ref float source = ref Unsafe.Add(ref from, (line - radius) * stride), target = ref Unsafe.Add(ref to, line * stride);
            int at = 0;
            for (; at <= stride - 2 * V.Lanes; at += 2 * V.Lanes)
                FourLinesOfTwo(ref Unsafe.Add(ref source, at), ref Unsafe.Add(ref target, at), stride);
            if (at < stride) FourLines(ref Unsafe.Add(ref source, at), ref Unsafe.Add(ref target, at), stride);
        }
    }

    // Each line is loaded once and added to four results, with its weight in each.
    private void FourLines(ref float from, ref float to, nint stride)
    {
        V a = V.All(0), b = a, c = a, d = a, w1 = a, w2 = a, w3 = a;
        var w = weights.AsSpan(0, 2 * radius + Together);
        for (int k = 0; k < w.Length; k++, from = ref Unsafe.Add(ref from, stride))
        {
            V line = V.Load(ref from, 0), w0 = V.All(w[k]);
            a = V.MultiplyAdd(line, w0, a);
            b = V.MultiplyAdd(line, w1, b);
            c = V.MultiplyAdd(line, w2, c);
            d = V.MultiplyAdd(line, w3, d);
            (w3, w2, w1) = (w2, w1, w0);
        }
        a.Store(ref to, 0);
        b.Store(ref to, stride);
        c.Store(ref to, 2 * stride);
        d.Store(ref to, 3 * stride);
    }

    // The same for two registers side by side: eight sums keep the multipliers busy; four would wait for one another.
    private void FourLinesOfTwo(ref float from, ref float to, nint stride)
    {
        V a = V.All(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a, w1 = a, w2 = a, w3 = a;
        var w = weights.AsSpan(0, 2 * radius + Together);
        for (int k = 0; k < w.Length; k++, from = ref Unsafe.Add(ref from, stride))
        {
            V left = V.Load(ref from, 0), right = V.Load(ref from, V.Lanes), w0 = V.All(w[k]);
            a = V.MultiplyAdd(left, w0, a);
            b = V.MultiplyAdd(left, w1, b);
            c = V.MultiplyAdd(left, w2, c);
            d = V.MultiplyAdd(left, w3, d);
            e = V.MultiplyAdd(right, w0, e);
            f = V.MultiplyAdd(right, w1, f);
            g = V.MultiplyAdd(right, w2, g);
            h = V.MultiplyAdd(right, w3, h);
            (w3, w2, w1) = (w2, w1, w0);
        }
        a.Store(ref to, 0);
        b.Store(ref to, stride);
        c.Store(ref to, 2 * stride);
        d.Store(ref to, 3 * stride);
        e.Store(ref to, V.Lanes);
        f.Store(ref to, stride + V.Lanes);
        g.Store(ref to, 2 * stride + V.Lanes);
        h.Store(ref to, 3 * stride + V.Lanes);
    }

    private static void Fill(ref float plane, int line, int mirrored, int stride, BlurPadding padding)
    {
        var target = MemoryMarshal.CreateSpan(ref Unsafe.Add(ref plane, line * stride), stride);
        if (padding == BlurPadding.Zero) target.Clear();
        else MemoryMarshal.CreateSpan(ref Unsafe.Add(ref plane, mirrored * stride), stride).CopyTo(target);
    }
}
