using SimClr.Images;

namespace SimClr.Views;

/// <summary>Converts views and images to bytes of three channels, for display.</summary>
public static class ViewPicture
{
    /// <summary>Renders a view and rounds it to bytes: colours, gray, or the first bands (<see cref="DecodedImage.ToRgb"/>).</summary>
    /// <param name="renderer">A renderer without normalisation: normalised values are not colours.</param>
    /// <param name="image">Borrowed.</param>
    /// <param name="view">The crop and the augmentations.</param>
    /// <param name="size">The renderer's side in pixels.</param>
    /// <returns>(size, size, 3).</returns>
    public static DecodedImage Render(CpuViewRenderer renderer, DecodedImage image, in ViewParameters view, int size)
    {
        ArgumentNullException.ThrowIfNull(renderer);
        float[] planes = new float[image.Channels * size * size];
        renderer.Render(image, view, planes);
        return Of(planes, image.Channels, size);
    }

    /// <summary>Rounds a rendered view to bytes; see <see cref="Render"/>. A NaN becomes 0.</summary>
    /// <param name="planes">(C, size, size).</param>
    /// <param name="channels">C.</param>
    /// <param name="size">Its side in pixels.</param>
    internal static DecodedImage Of(ReadOnlySpan<float> planes, int channels, int size)
    {
        byte[] pixels = new byte[planes.Length];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)Math.Round(255 * Math.Clamp(planes[i % channels * size * size + i / channels], 0, 1));
        return new DecodedImage(pixels, size, size, channels).ToRgb();
    }

    /// <summary>
    /// A copy of an image. If a side is longer than <paramref name="largestSide"/>, each pixel is the mean of k × k pixels.
    /// </summary>
    /// <param name="image">Borrowed.</param>
    /// <param name="largestSide">In pixels.</param>
    /// <param name="prepared">Its value range says which values become black and white. Null: the range of the values' type.</param>
    /// <returns>Three channels.</returns>
    public static DecodedImage Reduce(DecodedImage image, int largestSide = 1024, Preprocessing? prepared = null)
    {
        image = image.ToUInt8(prepared);
        int k = (Math.Max(image.Width, image.Height) + largestSide - 1) / largestSide, channels = image.Channels;
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
                for (int x = column; x < Math.Min(column + k, image.Width); x++, count++)
                    sum += from[(y * image.Width + x) * channels + i % channels];
            }
            small[i] = (byte)((sum + count / 2) / count);
        }
        return new DecodedImage(small, width, height, channels).ToRgb();
    }
}
