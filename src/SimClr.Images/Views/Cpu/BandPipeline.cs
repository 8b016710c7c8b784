using System.Runtime.InteropServices;
using SimClr.Images;

namespace SimClr.Views;

/// <summary>
/// Renders views of images that do not have three channels. Three bands at a time go through the pipeline of R, G and B; the last band is
/// repeated if their number is not a multiple of three. Operations that mix R, G and B (saturation, hue, grayscale) are left out. Contrast
/// uses each band's own mean. Everything else treats a band like a colour.
/// </summary>
internal sealed class BandPipeline : IViewPipeline
{
    private readonly int size, channels;
    private readonly IViewPipeline[] triples;
    private readonly float[] last;
    private byte[] pixels = [];

    public BandPipeline(ViewPolicy policy, Preprocessing preprocessing, int channels, Func<ViewPolicy, Preprocessing, IViewPipeline> rgb)
    {
        (size, this.channels) = (preprocessing.ImageSize, channels);
        last = new float[3 * size * size];
        triples = [.. Enumerable.Range(0, (channels + 2) / 3).Select(triple => rgb(
            policy with { ContrastMean = ContrastMean.Channel },
            preprocessing
                with { Mean = Of(preprocessing.Mean, triple), StandardDeviation = Of(preprocessing.StandardDeviation, triple) }))];
    }

    public void Render(DecodedImage image, in ViewParameters view, Span<float> destination)
    {
        var crop = view.Crop;
        var bands = view with { Crop = crop with { Left = 0, Top = 0 }, Jitter = Banded(view.Jitter), Grayscale = false };
        int length = 3 * crop.Width * crop.Height * image.BytesPerValue;
        if (pixels.Length < length) pixels = GC.AllocateUninitializedArray<byte>(length);
        var part = new DecodedImage(pixels.AsMemory(0, length), crop.Width, crop.Height, Type: image.Type);
        for (int triple = 0; triple < triples.Length; triple++)
        {
            switch (image.Type)
            {
                case PixelType.UInt8: Gather<byte>(image, crop, 3 * triple); break;
                case PixelType.UInt16: Gather<ushort>(image, crop, 3 * triple); break;
                default: Gather<float>(image, crop, 3 * triple); break;
            }
            var target = destination[(3 * triple * size * size)..];
            bool whole = target.Length >= last.Length;
            triples[triple].Render(part, bands, whole ? target[..last.Length] : last);
            if (!whole) last.AsSpan(0, target.Length).CopyTo(target);
        }
    }

    // Saturation by 1 changes nothing. It takes the place of hue: the 3 in the order becomes 2.
    private static ColorJitter? Banded(ColorJitter? jitter) =>
        jitter is { } j ? j with { Order = (byte)(j.Order ^ (j.Order & j.Order >> 1 & 0b01_01_01_01)), Saturation = 1 } : null;

    private IReadOnlyList<double> Of(IReadOnlyList<double> values, int triple) =>
        values.Count == 0 ? [] : [.. Enumerable.Range(3 * triple, 3).Select(band => values[Math.Min(band, channels - 1)])];

    private void Gather<T>(DecodedImage image, CropBox crop, int first) where T : unmanaged
    {
        var from = image.Values<T>();
        var gathered = MemoryMarshal.Cast<byte, T>(pixels.AsSpan());
        int second = Math.Min(first + 1, channels - 1) - first, third = Math.Min(first + 2, channels - 1) - first, to = 0;
        for (int row = crop.Top; row < crop.Top + crop.Height; row++)
        {
            int at = (row * image.Width + crop.Left) * channels + first;
            for (int column = 0; column < crop.Width; column++, at += channels, to += 3)
                (gathered[to], gathered[to + 1], gathered[to + 2]) = (from[at], from[at + second], from[at + third]);
        }
    }
}
