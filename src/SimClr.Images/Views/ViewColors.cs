using SimClr.Images;

namespace SimClr.Views;

/// <summary>
/// The colours of a view: jitter, grayscale, solarising and normalisation, in as few passes over the pixels as contrast allows.
/// </summary>
internal sealed class ViewColors<V>(ViewPolicy policy, Preprocessing preprocessing) where V : struct, IFloats<V>
{
    private const int Operations = 4, Contrast = 1;
    private const int Chunk = 1024; // pixels: all operations run on a chunk while it is in the first-level cache

    private readonly float[] mean = preprocessing.Mean.Count == 0 ? [0, 0, 0] : [.. preprocessing.Mean.Select(m => (float)m)];
    private readonly float[] scale = preprocessing.StandardDeviation.Count == 0 ? [1, 1, 1]
        : [.. preprocessing.StandardDeviation.Select(s => (float)(1 / s))];
    private readonly bool normalizes = preprocessing.Mean.Count + preprocessing.StandardDeviation.Count > 0;

    /// <summary>Jitter and grayscale. Contrast ends a pass: it needs the mean of everything before it.</summary>
    /// <param name="pixels">Whole registers; padding is 0.</param>
    /// <param name="count">The number of pixels.</param>
    /// <param name="view">The colour changes.</param>
    /// <param name="finish">Whether only <see cref="Finish"/> remains to be done. Then this method does it.</param>
    public void Apply(RgbSpans pixels, int count, in ViewParameters view, bool finish)
    {
        var jitter = view.Jitter.GetValueOrDefault();
        int from = view.Jitter.HasValue ? 0 : Operations, to = NextContrast(jitter, from);
        bool clips = preprocessing.Interpolation == Interpolation.Bicubic;
        (float R, float G, float B) around = default;
        while (true)
        {
            (double R, double G, double B) sums = default;
            for (int start = 0; start < pixels.Length; start += Chunk)
            {
                var chunk = pixels.Slice(start, Math.Min(Chunk, pixels.Length - start));
                if (clips) ColorOperations<V>.Clip(chunk);
                for (int position = from; position < to; position++) Apply(chunk, jitter, position, around);
                if (to < Operations)
                {
                    var (r, g, b) = ColorOperations<V>.Sums(chunk);
                    sums = (sums.R + r, sums.G + g, sums.B + b);
                    continue;
                }
                if (view.Grayscale) ColorOperations<V>.Grayscale(chunk);
                if (finish) FinishChunk(chunk, view.Solarize);
            }
            if (to == Operations) return;
            around = Around(sums, count);
            (clips, from, to) = (false, to, NextContrast(jitter, to + 1));
        }
    }

    /// <summary>Solarising and normalisation.</summary>
    public void Finish(RgbSpans pixels, bool solarize)
    {
        if (!solarize && !normalizes) return;
        for (int start = 0; start < pixels.Length; start += Chunk)
            FinishChunk(pixels.Slice(start, Math.Min(Chunk, pixels.Length - start)), solarize);
    }

    private void FinishChunk(RgbSpans pixels, bool solarize)
    {
        if (solarize) ColorOperations<V>.Solarize(pixels, (float)policy.SolarizeThreshold);
        if (normalizes) ColorOperations<V>.Normalize(pixels, mean, scale);
    }

    private static int NextContrast(ColorJitter jitter, int from)
    {
        while (from < Operations && jitter.Operation(from) != Contrast) from++;
        return from;
    }

    private static void Apply(RgbSpans pixels, ColorJitter jitter, int position, (float, float, float) around)
    {
        switch (jitter.Operation(position))
        {
            case 0: ColorOperations<V>.Brightness(pixels, jitter.Brightness); break;
            case Contrast: ColorOperations<V>.Contrast(pixels, jitter.Contrast, around); break;
            case 2: ColorOperations<V>.Saturation(pixels, jitter.Saturation); break;
            default: ColorOperations<V>.Hue(pixels, jitter.Hue); break;
        }
    }

    private (float, float, float) Around((double R, double G, double B) sums, int count)
    {
        float r = (float)(sums.R / count), g = (float)(sums.G / count), b = (float)(sums.B / count);
        if (policy.ContrastMean == ContrastMean.Channel) return (r, g, b);
        float gray = ColorOperations<V>.Gray(r, g, b);
        return (gray, gray, gray);
    }
}
