using System.Buffers;
using Microsoft.Win32.SafeHandles;
using SimClr.Views;
using SkiaSharp;

namespace SimClr.Data;

/// <summary>
/// Encoded image → RGB, by SkiaSharp. What the bytes are decides, not the file's name.
/// </summary>
/// <remarks>
/// Gray becomes R = G = B; CMYK is multiplied out without a profile; 16 bits a channel are reduced to 8; of an animation
/// the first frame is taken. Transparent pixels are composited on white. EXIF orientation is applied. Colours are as
/// stored: embedded profiles are not converted to sRGB, as in the loaders that published results were made with.
/// </remarks>
public static class ImageDecoder
{
    /// <summary>The most pixels an image may have, 200 million: a small file can unpack to any size.</summary>
    public const long MaxPixels = 200_000_000;

    /// <summary>The extensions, with their point and in lower case, of the formats that are decoded.</summary>
    public static IReadOnlyList<string> Extensions { get; } =
        [".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".ico", ".wbmp"];

    /// <summary>Reads and decodes a file.</summary>
    /// <returns>The image, in memory of its own.</returns>
    /// <exception cref="InvalidDataException">It is no image of a known format, damaged, cut off or too large; the message names the file.</exception>
    /// <exception cref="IOException">It cannot be read: missing, not permitted, a folder.</exception>
    public static RgbImage Read(string path)
    {
        using var file = Open(path);
        long length = RandomAccess.GetLength(file);
        if (length > Array.MaxLength) throw new InvalidDataException($"{path}: {length} bytes are too many for an image file.");

        var buffer = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            int filled = 0;
            while (filled < length && RandomAccess.Read(file, buffer.AsSpan(filled, (int)length - filled), filled) is > 0 and var read) filled += read;
            return Decode(buffer.AsSpan(0, filled), path);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Decodes an image in memory.</summary>
    /// <param name="encoded">The file's bytes.</param>
    /// <param name="name">What to call it in messages, for example its path.</param>
    /// <returns>The image, in memory of its own.</returns>
    /// <exception cref="InvalidDataException">As for <see cref="Read"/>.</exception>
    public static unsafe RgbImage Decode(ReadOnlySpan<byte> encoded, string name)
    {
        if (encoded.IsEmpty) throw new InvalidDataException($"{name}: the file is empty.");
        fixed (byte* bytes = encoded)
        {
            using var data = SKData.Create((nint)bytes, encoded.Length);
            using var stream = new SKMemoryStream(data);
            using var codec = SKCodec.Create(stream, out var opened) ?? throw new InvalidDataException(
                opened == SKCodecResult.IncompleteInput
                    ? $"{name}: the image is cut off within its head, after {encoded.Length} bytes."
                    : $"{name}: not an image of a known format ({string.Join(' ', Extensions)}); it begins with {Convert.ToHexString(encoded[..Math.Min(8, encoded.Length)])}.");
            return Decode(codec, name);
        }
    }

    private static SafeFileHandle Open(string path)
    {
        try
        {
            return File.OpenHandle(path, options: FileOptions.SequentialScan);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    private static unsafe RgbImage Decode(SKCodec codec, string name)
    {
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if ((long)width * height > MaxPixels)
            throw new InvalidDataException($"{name}: {width} × {height} pixels are more than the {MaxPixels} that are decoded.");

        // Without a colour space here, Skia converts no colours.
        bool opaque = codec.Info.AlphaType == SKAlphaType.Opaque;
        var format = new SKImageInfo(width, height, SKColorType.Rgba8888, opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul);
        var buffer = ArrayPool<byte>.Shared.Rent(format.BytesSize);
        try
        {
            fixed (byte* pixels = buffer)
            {
                var decoded = codec.GetPixels(format, (nint)pixels);
                if (decoded != SKCodecResult.Success)
                {
                    throw new InvalidDataException(decoded == SKCodecResult.IncompleteInput
                        ? $"{name}: the image is cut off; not all of its {width} × {height} pixels are there."
                        : $"{name}: the image is damaged ({decoded}).");
                }
            }

            return RgbaPixels.ToRgb(buffer.AsSpan(0, format.BytesSize), width, height, opaque, codec.EncodedOrigin);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
