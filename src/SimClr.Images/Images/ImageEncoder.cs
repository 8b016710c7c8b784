using SkiaSharp;

namespace SimClr.Images;

/// <summary>RGB → an image file's bytes, and smaller images. The same image gives the same bytes.</summary>
internal static class ImageEncoder
{
    /// <summary>PNG: nothing is lost.</summary>
    public static byte[] Png(DecodedImage image) => Encode(image, pixels => pixels.Encode(SKPngEncoderOptions.Default));

    /// <summary>JPEG with colours at half the resolution.</summary>
    /// <param name="image">The image.</param>
    /// <param name="quality">In [1, 100].</param>
    public static byte[] Jpeg(DecodedImage image, int quality) =>
        Encode(image, pixels => pixels.Encode(new SKJpegEncoderOptions(quality, SKJpegEncoderDownsample.Downsample420, SKJpegEncoderAlphaOption.Ignore)));

    /// <summary>The extension, with its point, of an encoded image's format; null where it is none that is known.</summary>
    public static unsafe string? ExtensionOf(ReadOnlySpan<byte> encoded)
    {
        fixed (byte* bytes = encoded)
        {
            using var data = SKData.Create((nint)bytes, encoded.Length);
            using var codec = SKCodec.Create(data);
            return codec?.EncodedFormat switch
            {
                null => null,
                SKEncodedImageFormat.Jpeg => ".jpg",
                var format => "." + format.Value.ToString().ToLowerInvariant(),
            };
        }
    }

    /// <summary>The image with its shorter side <paramref name="shortSide"/> pixels long, antialiased bilinear, as Pillow does it. It is not made larger: then null.</summary>
    public static DecodedImage? Shrink(DecodedImage image, int shortSide)
    {
        int smaller = Math.Min(image.Width, image.Height);
        if (smaller <= shortSide) return null;
        int width = (int)Math.Round((double)image.Width * shortSide / smaller), height = (int)Math.Round((double)image.Height * shortSide / smaller);
        return ByteResampler.Resize(image, width, height);
    }

    private static unsafe byte[] Encode(DecodedImage image, Func<SKPixmap, SKData?> encode)
    {
        image.Checked();
        var rgba = new uint[image.Width * image.Height];
        var rgb = image.Pixels.Span;
        for (int i = 0, p = 0; i < rgba.Length; i++, p += 3) rgba[i] = (uint)(rgb[p] | rgb[p + 1] << 8 | rgb[p + 2] << 16) | 0xff000000;
        fixed (uint* pixels = rgba)
        {
            using var map = new SKPixmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque), (nint)pixels);
            using var data = encode(map) ?? throw new InvalidDataException($"An image of {image.Width} × {image.Height} pixels is larger than the format holds.");
            return data.ToArray();
        }
    }
}
