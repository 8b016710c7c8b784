using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SimClr.Views;

/// <summary>
/// Antialiased resizing of a crop of an image, as many output rows at a time as a register has lanes: down the columns on
/// registers of neighbouring samples; then turned, so that a register holds the rows of one sample, and along the rows, where
/// the three channels of a pixel share their weights. The view comes out turned: its lines are its columns. Scratch memory is
/// kept between calls: one resampler per thread.
/// </summary>
internal sealed class Resampler<V> where V : struct, IFloats<V>
{
    private readonly FilterTaps columns = new(), rows = new();
    private readonly AlignedFloats square = new(V.Lanes * V.Lanes);
    private AlignedFloats strip = new(0), turned = new(0);

    /// <summary>Resizes a crop of an interleaved image into three planes.</summary>
    /// <typeparam name="T">byte in [0, 255] (becomes [0, 1]) or float (stays as it is).</typeparam>
    /// <param name="pixels">(H, W, 3), interleaved.</param>
    /// <param name="width">W.</param>
    /// <param name="crop">Inside the image.</param>
    /// <param name="flip">Mirror left to right.</param>
    /// <param name="filter">The filter; the cubic one can leave [0, 1].</param>
    /// <param name="view">(3, S, S), written; a line is a column of the view, and what pads it becomes 0.</param>
    /// <param name="size">S.</param>
    public void Resize<T>(ReadOnlySpan<T> pixels, int width, CropBox crop, bool flip, Interpolation filter, RgbPlanes view, int size)
        where T : unmanaged
    {
        columns.Compute(crop.Width, size, 0, filter, 1);
        rows.Compute(crop.Height, size, view.Stride - size, filter, typeof(T) == typeof(byte) ? 1.0 / 255 : 1);
        int needed = (3 * crop.Width + V.Lanes) * V.Lanes;
        if (turned.Length < needed) turned = new AlignedFloats(needed);
        for (int y = 0; y < size; y += V.Lanes)
        {
            FilterDown(pixels, width, crop, y);
            FilterAlong(view, y, flip, size);
        }
    }

    // Output rows y, y + 1, …, one a lane, of every sample of the crop's rows: into turned.
    private void FilterDown<T>(ReadOnlySpan<T> pixels, int width, CropBox crop, int y) where T : unmanaged
    {
        int first = rows.First(y), count = rows.First(y + V.Lanes - 1) + rows.Count - first;
        if (strip.Length < count * V.Lanes) strip = new AlignedFloats(count * V.Lanes);
        ref float from = ref strip.First, to = ref square.First;
        for (int sample = 0; sample < 3 * crop.Width; sample += V.Lanes)
        {
            int at = ((crop.Top + first) * width + crop.Left) * 3 + sample;
            for (int row = 0; row < count; row++, at += 3 * width)
                Load(pixels, at).Store(ref from, row * V.Lanes);
            for (int lane = 0; lane < V.Lanes; lane++)
            {
                var weights = rows.Weights(y + lane);
                ref float source = ref Unsafe.Add(ref from, (rows.First(y + lane) - first) * V.Lanes);
                V sum = V.All(0);
                for (int k = 0; k < weights.Length; k++)
                    sum = V.MultiplyAdd(V.Load(ref source, k * V.Lanes), V.All(weights[k]), sum);
                sum.Store(ref to, lane * V.Lanes);
            }
            Transposition.Copy(ref to, V.Lanes, ref Unsafe.Add(ref turned.First, sample * V.Lanes), V.Lanes, V.Lanes, V.Lanes);
        }
    }

    private void FilterAlong(RgbPlanes view, int y, bool flip, int size)
    {
        ref float from = ref turned.First;
        ref float red = ref Unsafe.Add(ref view.First(0), y), green = ref Unsafe.Add(ref view.First(1), y), blue = ref Unsafe.Add(ref view.First(2), y);
        for (int x = 0; x < size; x++)
        {
            var weights = columns.Weights(x);
            ref float pixel = ref Unsafe.Add(ref from, 3 * V.Lanes * columns.First(x));
            V r = V.All(0), g = r, b = r;
            for (int k = 0; k < weights.Length; k++)
            {
                V weight = V.All(weights[k]);
                r = V.MultiplyAdd(V.Load(ref pixel, 3 * k * V.Lanes), weight, r);
                g = V.MultiplyAdd(V.Load(ref pixel, (3 * k + 1) * V.Lanes), weight, g);
                b = V.MultiplyAdd(V.Load(ref pixel, (3 * k + 2) * V.Lanes), weight, b);
            }
            nint at = (nint)(flip ? size - 1 - x : x) * view.Stride;
            r.Store(ref red, at);
            g.Store(ref green, at);
            b.Store(ref blue, at);
        }
    }

    // What lies beyond the crop is read with it and meets no weight; what lies beyond the image must not be read.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Load<T>(ReadOnlySpan<T> pixels, int at) where T : unmanaged =>
        at <= pixels.Length - V.Lanes ? Load(ref Unsafe.Add(ref MemoryMarshal.GetReference(pixels), at)) : LoadLast(pixels[at..]);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static V LoadLast<T>(ReadOnlySpan<T> pixels) where T : unmanaged
    {
        Span<T> padded = stackalloc T[V.Lanes];
        padded.Clear();
        pixels.CopyTo(padded);
        return Load(ref padded[0]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Load<T>(ref T source) where T : unmanaged =>
        typeof(T) == typeof(byte) ? V.Load(ref Unsafe.As<T, byte>(ref source), 0) : V.Load(ref Unsafe.As<T, float>(ref source), 0);
}
