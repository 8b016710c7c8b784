using System.Numerics;

namespace SimClr.Images;

/// <summary>
/// Antialiased bilinear resampling of uint16 and float32, as in Pillow's mode F: rows first, then columns, with sums in float64 and results
/// in float32. The results for uint16 are rounded.
/// </summary>
internal static class DeepResampler
{
    /// <summary>Resizes an image; its type stays.</summary>
    /// <param name="image">uint16 or float32, any number of channels.</param>
    /// <param name="width">In pixels, at least 1.</param>
    /// <param name="height">In pixels, at least 1.</param>
    public static DecodedImage Resize(DecodedImage image, int width, int height)
    {
        float[] values = image.Type == PixelType.UInt16 ? Resize(image.Values<ushort>(), image, width, height)
            : Resize(image.Values<float>(), image, width, height);
        return image.Type == PixelType.UInt16
            ? DecodedImage.Of<ushort>([.. values.Select(value => (ushort)MathF.Round(value))], width, height, image.Channels)
            : DecodedImage.Of<float>(values, width, height, image.Channels);
    }

    private static float[] Resize<T>(ReadOnlySpan<T> values, DecodedImage image, int width, int height) where T : unmanaged, INumber<T>
    {
        int channels = image.Channels, row = width * channels;
        var (across, down) = (new ResizeWeights(image.Width, width), new ResizeWeights(image.Height, height));
        float[] narrow = new float[checked(image.Height * row)], small = new float[height * row];
        for (int y = 0, i = 0; y < image.Height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                for (int c = 0; c < channels; c++, i++)
                    narrow[i] = Sum(across, x, values[(y * image.Width * channels + c)..], channels);
            }
        }
        for (int y = 0, i = 0; y < height; y++)
        {
            for (int x = 0; x < row; x++, i++) small[i] = Sum<float>(down, y, narrow.AsSpan(x), row);
        }
        return small;
    }

    private static float Sum<T>(ResizeWeights weights, int place, ReadOnlySpan<T> values, int stride) where T : unmanaged, INumber<T>
    {
        double sum = 0;
        int at = weights.First[place] * stride;
        foreach (double weight in weights.Weights[place])
        {
            sum += weight * double.CreateTruncating(values[at]);
            at += stride;
        }
        return (float)sum;
    }
}
