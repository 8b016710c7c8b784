using SimClr.Images;
using SimClr.Views;

namespace SimClr.Cli.Drawing;

/// <summary>A rendered view as an image to look at.</summary>
internal static class Picture
{
    private const int LargestSide = 1024;

    /// <summary>Renders a view and makes bytes of it: colours, gray, or the first bands (<see cref="DecodedImage.ToRgb"/>).</summary>
    /// <param name="renderer">Without normalisation: normalised values are no colours.</param>
    /// <param name="image">The decoded image.</param>
    /// <param name="view">What is done with it.</param>
    /// <param name="size">The renderer's side.</param>
    public static DecodedImage Of(CpuViewRenderer renderer, DecodedImage image, in ViewParameters view, int size)
    {
        int plane = size * size;
        float[] planes = new float[image.Channels * plane];
        renderer.Render(image, view, planes);
        byte[] pixels = new byte[planes.Length];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)Math.Round(255 * Math.Clamp(planes[i % image.Channels * plane + i / image.Channels], 0, 1));
        return new DecodedImage(pixels, size, size, image.Channels).ToRgb();
    }

    /// <summary>A copy to look at: colours, and of a large image no more than about 1024 pixels a side, by the mean of k × k pixels.</summary>
    /// <param name="image">Borrowed.</param>
    public static DecodedImage Small(DecodedImage image)
    {
        image = image.ToUInt8();
        int k = (Math.Max(image.Width, image.Height) + LargestSide - 1) / LargestSide, channels = image.Channels;
        if (k <= 1)
        {
            var rgb = image.ToRgb();
            return rgb with { Bytes = rgb.Bytes.ToArray() };
        }
        int width = Math.Max(1, image.Width / k), height = Math.Max(1, image.Height / k);
        byte[] small = new byte[width * height * channels];
        var from = image.Pixels.Span;
        for (int i = 0; i < small.Length; i++)
        {
            int column = i / channels % width * k, row = i / channels / width * k, sum = 0, count = 0;
            for (int y = row; y < Math.Min(row + k, image.Height); y++)
            {
                for (int x = column; x < Math.Min(column + k, image.Width); x++, count++) sum += from[(y * image.Width + x) * channels + i % channels];
            }
            small[i] = (byte)((sum + count / 2) / count);
        }
        return new DecodedImage(small, width, height, channels).ToRgb();
    }
}
