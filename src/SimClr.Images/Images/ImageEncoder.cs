using System.Buffers;
using SkiaSharp;

namespace SimClr.Images;

/// <summary>Encodes images. The same image gives the same bytes.</summary>
/// <remarks>Thread-safe.</remarks>
public static class ImageEncoder
{
    /// <summary>Encodes as PNG, without loss.</summary>
    /// <param name="image">R, G and B, uint8; borrowed.</param>
    /// <exception cref="InvalidDataException">The image has another type or number of channels.</exception>
    public static byte[] Png(DecodedImage image) => Encode(image, pixels => pixels.Encode(SKPngEncoderOptions.Default));

    /// <summary>Encodes as JPEG, with colours at half the resolution.</summary>
    /// <param name="image">As for <see cref="Png"/>.</param>
    /// <param name="quality">In [1, 100].</param>
    /// <exception cref="InvalidDataException">The image has another type or number of channels.</exception>
    public static byte[] Jpeg(DecodedImage image, int quality) =>
        Encode(image, pixels =>
            pixels.Encode(new SKJpegEncoderOptions(quality, SKJpegEncoderDownsample.Downsample420, SKJpegEncoderAlphaOption.Ignore)));

    /// <summary>Encodes as TIFF, without loss: any type, any number of channels; Deflate with a predictor, in strips.</summary>
    /// <param name="image">Any image; borrowed.</param>
    /// <exception cref="InvalidDataException">The values are too many for a file of 2 GB.</exception>
    public static byte[] Tiff(DecodedImage image) => TiffWriter.Write(image.Checked());

    /// <summary>The extension, with its point, of an encoded image's format; null if the format is unknown.</summary>
    internal static unsafe string? ExtensionOf(ReadOnlySpan<byte> encoded)
    {
        if (TiffFile.Is(encoded)) return ".tif";
        if (NetpbmFile.Is(encoded)) return NetpbmFile.ExtensionOf((char)encoded[1]);
        if (AvifFile.Is(encoded)) return ".avif";
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

    /// <summary>
    /// Reduces an image so that its shorter side has <paramref name="shortSide"/> pixels: antialiased bilinear, as in Pillow. The
    /// type stays. Null if the image is not larger.
    /// </summary>
    internal static DecodedImage? Shrink(DecodedImage image, int shortSide)
    {
        int smaller = Math.Min(image.Width, image.Height);
        if (smaller <= shortSide) return null;
        int width = (int)Math.Round((double)image.Width * shortSide / smaller);
        int height = (int)Math.Round((double)image.Height * shortSide / smaller);
        return image.Type == PixelType.UInt8 ? ByteResampler.Resize(image, width, height) : DeepResampler.Resize(image, width, height);
    }

    private static unsafe byte[] Encode(DecodedImage image, Func<SKPixmap, SKData?> encode)
    {
        if (image.Checked().Channels != 3) throw new InvalidDataException(
            $"An image of {image.Channels} channels is not written as a picture: its channels must be R, G and B.");
        int count = image.Width * image.Height;
        uint[] rgba = ArrayPool<uint>.Shared.Rent(count);
        try
        {
            var rgb = image.Pixels.Span;
            for (int i = 0, p = 0; i < count; i++, p += 3) rgba[i] = (uint)(rgb[p] | rgb[p + 1] << 8 | rgb[p + 2] << 16) | 0xff000000;
            fixed (uint* pixels = rgba)
            {
                using var map =
                    new SKPixmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque), (nint)pixels);
                using var data = encode(map) ?? throw new InvalidDataException(
                    $"An image of {image.Width} × {image.Height} pixels is larger than the format holds.");
                return data.ToArray();
            }
        }
        finally
        {
            ArrayPool<uint>.Shared.Return(rgba);
        }
    }
}
