using System.Buffers;
using Microsoft.Win32.SafeHandles;
using SimClr.Views;
using SkiaSharp;

namespace SimClr.Data;

/// <summary>
/// Encoded image → RGB, by SkiaSharp; the pixels of a JPEG by libturbojpeg where the system has it, which gives the same ones sooner.
/// What the bytes are decides, not the file's name.
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

    /// <summary>What decodes the pixels of a JPEG here: <c>libturbojpeg.so.0</c>, or <c>SkiaSharp</c> where that is absent.</summary>
    public static string JpegDecoder => TurboJpeg.Name ?? "SkiaSharp";

    /// <summary>Reads and decodes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="buffer">Takes the pixels; the image is good until it is used again. Null: the image has memory of its own and is whole.</param>
    /// <exception cref="InvalidDataException">It is no image of a known format, damaged, cut off or too large; the message names the file.</exception>
    /// <exception cref="IOException">It cannot be read: missing, not permitted, a folder.</exception>
    public static RgbImage Read(string path, DecodeBuffer? buffer = null)
    {
        using var file = Open(path);
        long length = RandomAccess.GetLength(file);
        if (length > Array.MaxLength) throw new InvalidDataException($"{path}: {length} bytes are too many for an image file.");

        var encoded = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            int filled = 0;
            while (filled < length && RandomAccess.Read(file, encoded.AsSpan(filled, (int)length - filled), filled) is > 0 and var read) filled += read;
            return Decode(encoded.AsSpan(0, filled), path, buffer);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encoded);
        }
    }

    /// <summary>Decodes an image in memory.</summary>
    /// <param name="encoded">The file's bytes.</param>
    /// <param name="name">What to call it in messages, for example its path.</param>
    /// <param name="buffer">As for <see cref="Read"/>.</param>
    /// <exception cref="InvalidDataException">As for <see cref="Read"/>.</exception>
    public static unsafe RgbImage Decode(ReadOnlySpan<byte> encoded, string name, DecodeBuffer? buffer = null)
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
            return Decode(codec, encoded, name, buffer ?? new DecodeBuffer());
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

    private static RgbImage Decode(SKCodec codec, ReadOnlySpan<byte> encoded, string name, DecodeBuffer buffer)
    {
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if ((long)width * height > MaxPixels)
            throw new InvalidDataException($"{name}: {width} × {height} pixels are more than the {MaxPixels} that are decoded.");

        var origin = codec.EncodedOrigin;
        bool jpeg = codec.EncodedFormat == SKEncodedImageFormat.Jpeg;
        if (jpeg) (width, height) = Reduced(width, height, origin, buffer.Reduction);

        if (jpeg && origin == SKEncodedOrigin.TopLeft)
        {
            var rgb = buffer.Take(3 * width * height);
            if (TurboJpeg.TryDecode(encoded, width, height, rgb.Span)) return new RgbImage(rgb, width, height);
        }

        // Without a colour space here, Skia converts no colours.
        bool opaque = codec.Info.AlphaType == SKAlphaType.Opaque;
        var format = new SKImageInfo(width, height, SKColorType.Rgba8888, opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul);
        var rented = ArrayPool<byte>.Shared.Rent(format.BytesSize);
        try
        {
            var rgba = rented.AsSpan(0, format.BytesSize);
            if (!jpeg || origin == SKEncodedOrigin.TopLeft || !TurboJpeg.TryDecode(encoded, width, height, rgba)) DecodeBySkia(codec, format, rgba, name);
            return RgbaPixels.ToRgb(rgba, width, height, opaque, origin, buffer);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static (int Width, int Height) Reduced(int width, int height, SKEncodedOrigin origin, Func<int, int, int>? reduction)
    {
        if (reduction is null) return (width, height);
        int by = RgbaPixels.IsSideways(origin) ? reduction(height, width) : reduction(width, height);
        // Turned, a last block that is not whole would come to lie at the left or the top, and move all others.
        while (origin != SKEncodedOrigin.TopLeft && (width % by > 0 || height % by > 0)) by /= 2;
        return ((width + by - 1) / by, (height + by - 1) / by);
    }

    private static unsafe void DecodeBySkia(SKCodec codec, SKImageInfo format, Span<byte> rgba, string name)
    {
        fixed (byte* pixels = rgba)
        {
            var decoded = codec.GetPixels(format, (nint)pixels);
            if (decoded == SKCodecResult.Success) return;
            throw new InvalidDataException(decoded == SKCodecResult.IncompleteInput
                ? $"{name}: the image is cut off; not all of its {codec.Info.Width} × {codec.Info.Height} pixels are there."
                : $"{name}: the image is damaged ({decoded}).");
        }
    }
}
