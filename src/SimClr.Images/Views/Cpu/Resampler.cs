using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SimClr.Images;

namespace SimClr.Views;

/// <summary>
/// Antialiased resizing of a crop. It computes as many output rows at a time as a register has lanes: first down the columns, on registers
/// of neighbouring samples; then, transposed so that a register holds the rows of one sample, along the rows. There the three channels of a
/// pixel share their weights. The view comes out transposed: its lines are columns. Scratch memory is kept between calls: one resampler per
/// thread.
/// </summary>
internal sealed class Resampler<V> where V : struct, IFloats<V>
{
    private const int Piece = 128; // samples of a row: the rows for some output rows then fit into the first-level cache

    private readonly FilterTaps columns = new(), rows = new();
    private readonly AlignedFloats filtered = new(V.Lanes * Piece);
    private AlignedFloats strip = new(0), turned = new(0);
    private bool clips;
    private float low, span;

    /// <summary>Resizes a crop of an interleaved image into three planes.</summary>
    /// <typeparam name="T">byte, ushort or float.</typeparam>
    /// <param name="pixels">(H, W, 3), interleaved.</param>
    /// <param name="width">W.</param>
    /// <param name="crop">The crop, inside the image.</param>
    /// <param name="flip">Whether to mirror left to right.</param>
    /// <param name="upsideDown">Whether to mirror top to bottom.</param>
    /// <param name="filter">The filter. The cubic one can leave [0, 1].</param>
    /// <param name="range">The values that become 0 and 1. Those outside are clipped, and NaN becomes 0.</param>
    /// <param name="view">(3, S, S), written. A line is a column of the view; its padding becomes 0.</param>
    /// <param name="size">S.</param>
    public void Resize<T>(
        ReadOnlySpan<T> pixels, int width, CropBox crop, bool flip, bool upsideDown, Interpolation filter, (double Low, double High) range,
        RgbPlanes view, int size)
        where T : unmanaged
    {
        double highest = typeof(T) == typeof(byte) ? byte.MaxValue : typeof(T) == typeof(ushort) ? ushort.MaxValue : 0;
        clips = highest == 0 || range.Low > 0 || range.High < highest;
        (low, span) = ((float)range.Low, (float)(range.High - range.Low));
        columns.Compute(crop.Width, size, 0, filter, 1);
        rows.Compute(crop.Height, size, view.Stride - size, filter, 1 / (range.High - range.Low));
        int needed = (3 * crop.Width + Piece) * V.Lanes;
        if (turned.Length < needed) turned = new AlignedFloats(needed);
        for (int y = 0; y < size; y += V.Lanes)
        {
            FilterDown(pixels, width, crop, upsideDown, y);
            FilterAlong(view, y, flip, size);
        }
    }

    // Output rows y, y + 1, …, one per lane, of every sample of the crop's rows; the result is in turned. If upside down, the rows are read
    // from the last one up.
    private void FilterDown<T>(ReadOnlySpan<T> pixels, int width, CropBox crop, bool upsideDown, int y) where T : unmanaged
    {
        int first = rows.First(y), count = rows.First(y + V.Lanes - 1) + rows.Count - first;
        int top = upsideDown ? crop.Top + crop.Height - 1 - first : crop.Top + first, step = upsideDown ? -3 * width : 3 * width;
        if (strip.Length < count * Piece) strip = new AlignedFloats(count * Piece);
        for (int sample = 0; sample < 3 * crop.Width; sample += Piece)
        {
            int length = Math.Min(Piece, (3 * crop.Width - sample + V.Lanes - 1) / V.Lanes * V.Lanes);
            int at = (top * width + crop.Left) * 3 + sample;
            for (int row = 0; row < count; row++, at += step)
            {
                Convert(pixels, at, ref Unsafe.Add(ref strip.First, row * Piece), length);
                if (clips) Clip(ref Unsafe.Add(ref strip.First, row * Piece), length);
            }
            for (int lane = 0; lane < V.Lanes; lane++)
                Combine(ref Unsafe.Add(ref strip.First, (rows.First(y + lane) - first) * Piece), rows.Weights(y + lane),
                    ref Unsafe.Add(ref filtered.First, lane * Piece), length);
            Transposition<V>.Copy(ref filtered.First, Piece, ref Unsafe.Add(ref turned.First, sample * V.Lanes), V.Lanes, V.Lanes, length);
        }
    }

    // Values above the low end of the range. Comparisons with NaN are false.
    private void Clip(ref float values, int length)
    {
        V lowest = V.All(low), most = V.All(span), zero = V.All(0);
        for (nint i = 0; i < length; i += V.Lanes)
        {
            V above = V.Load(ref values, i) - lowest;
            V.Min(V.IfAtLeast(above, zero, above, zero), most).Store(ref values, i);
        }
    }

    // A weighted sum of rows; four registers side by side where possible.
    private static void Combine(ref float rows, ReadOnlySpan<float> weights, ref float to, int length)
    {
        nint at = 0;
        for (; at <= length - 4 * V.Lanes; at += 4 * V.Lanes)
        {
            V a = V.All(0), b = a, c = a, d = a;
            ref float row = ref Unsafe.Add(ref rows, at);
            for (int k = 0; k < weights.Length; k++, row = ref Unsafe.Add(ref row, Piece))
            {
                V weight = V.All(weights[k]);
                a = V.MultiplyAdd(weight, V.Load(ref row, 0), a);
                b = V.MultiplyAdd(weight, V.Load(ref row, V.Lanes), b);
                c = V.MultiplyAdd(weight, V.Load(ref row, 2 * V.Lanes), c);
                d = V.MultiplyAdd(weight, V.Load(ref row, 3 * V.Lanes), d);
            }
            a.Store(ref to, at);
            b.Store(ref to, at + V.Lanes);
            c.Store(ref to, at + 2 * V.Lanes);
            d.Store(ref to, at + 3 * V.Lanes);
        }
        for (; at < length; at += V.Lanes)
        {
            V sum = V.All(0);
            for (int k = 0; k < weights.Length; k++)
                sum = V.MultiplyAdd(V.All(weights[k]), V.Load(ref rows, at + k * Piece), sum);
            sum.Store(ref to, at);
        }
    }

    // The same rows of every column of the view, from turned. The first line of a mirrored view is written last.
    private void FilterAlong(RgbPlanes view, int y, bool flip, int size)
    {
        int distance = view.Distance, step = flip ? -view.Stride : view.Stride;
        ref float to = ref Unsafe.Add(ref view.First(0), y + (flip ? size - 1 : 0) * view.Stride), from = ref turned.First;
        for (int x = 0; x < size; x++, to = ref Unsafe.Add(ref to, step))
        {
            var weights = columns.Weights(x);
            ref float pixel = ref Unsafe.Add(ref from, 3 * V.Lanes * columns.First(x));
            V r = V.All(0), g = r, b = r;
            for (int k = 0; k < weights.Length; k++, pixel = ref Unsafe.Add(ref pixel, 3 * V.Lanes))
            {
                V weight = V.All(weights[k]);
                r = V.MultiplyAdd(weight, V.Load(ref pixel, 0), r);
                g = V.MultiplyAdd(weight, V.Load(ref pixel, V.Lanes), g);
                b = V.MultiplyAdd(weight, V.Load(ref pixel, 2 * V.Lanes), b);
            }
            r.Store(ref to, 0);
            g.Store(ref to, distance);
            b.Store(ref to, 2 * distance);
        }
    }

    // Samples beyond the crop are read too, with weight 0. Samples beyond the image must not be read.
    private static void Convert<T>(ReadOnlySpan<T> pixels, int at, ref float to, int length) where T : unmanaged
    {
        if (at > pixels.Length - length)
        {
            ConvertLast(pixels[at..], ref to, length);
            return;
        }
        ref T from = ref Unsafe.Add(ref MemoryMarshal.GetReference(pixels), at);
        if (typeof(T) == typeof(ushort))
        {
            for (nint i = 0; i < length; i++) Unsafe.Add(ref to, i) = Unsafe.Add(ref Unsafe.As<T, ushort>(ref from), i);
            return;
        }
        for (nint i = 0; i < length; i += V.Lanes)
        {
            V values = typeof(T) == typeof(byte) ? V.Load(ref Unsafe.As<T, byte>(ref from), i)
                : V.Load(ref Unsafe.As<T, float>(ref from), i);
            values.Store(ref to, i);
        }
    }

    // The end of the image, from a copy followed by zeros.
    private static void ConvertLast<T>(ReadOnlySpan<T> pixels, ref float to, int length) where T : unmanaged
    {
        Span<T> padded = stackalloc T[Piece];
        pixels.CopyTo(padded);
        Convert<T>(padded, 0, ref to, length);
    }
}
