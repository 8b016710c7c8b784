using System.Buffers;
using Microsoft.Win32.SafeHandles;
using SkiaSharp;

namespace SimClr.Images;

/// <summary>
/// Encoded image → RGB, by SkiaSharp; the pixels of a JPEG by libturbojpeg where the system has it, which gives the same ones sooner.
/// What the bytes are decides, not the file's name.
/// </summary>
/// <remarks>
/// Gray becomes R = G = B; CMYK is multiplied out without a profile; 16 bits a channel are reduced to 8; of an animation
/// the first frame is taken. Transparent pixels are composited on white. EXIF orientation is applied. Colours are as
/// stored: embedded profiles are not converted to sRGB, as in the loaders that published results were made with.
/// </remarks>
public static partial class ImageDecoder
{
    private const long UsualPixels = 128_000_000, LargestMaxPixels = 500_000_000;

    private static long maxPixels = UsualPixels;

    /// <summary>
    /// The most pixels an image may have, in [1, 500 million]: a small file can unpack to any size. Of the whole process, and the program's to set: the libraries read it alone. Default 128 million: cameras
    /// and most telephones have up to 108. While it is decoded, an image takes 3 (JPEG), 4 (PNG) and up to 9 (WebP, or turned by its EXIF) bytes a pixel, on each thread that reads one.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to what is outside.</exception>
    public static long MaxPixels
    {
        get => Volatile.Read(ref maxPixels);
        set => Volatile.Write(ref maxPixels, value is >= 1 and <= LargestMaxPixels ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Images may have 1 to {LargestMaxPixels} pixels."));
    }

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
    /// <exception cref="InsufficientMemoryException">There is no memory for its pixels.</exception>
    public static DecodedImage Read(string path, DecodeBuffer? buffer = null)
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
    /// <exception cref="InsufficientMemoryException">As for <see cref="Read"/>.</exception>
    public static unsafe DecodedImage Decode(ReadOnlySpan<byte> encoded, string name, DecodeBuffer? buffer = null)
    {
        if (encoded.IsEmpty) throw new InvalidDataException($"{name}: the file is empty.");
        fixed (byte* bytes = encoded)
        {
            using var data = SKData.Create((nint)bytes, encoded.Length);
            using var stream = new SKMemoryStream(data);
            using var codec = SKCodec.Create(stream, out var opened) ?? throw Unknown(encoded, name, opened);
            return Decode(codec, encoded, name, buffer ?? new DecodeBuffer());
        }
    }

    private static InvalidDataException Unknown(ReadOnlySpan<byte> encoded, string name, SKCodecResult opened) => new(
        FileKind.Of(encoded) is { } kind ? $"{name} {kind}."
        : opened == SKCodecResult.IncompleteInput ? $"{name}: the image is cut off within its head, after {encoded.Length} bytes."
        : $"{name}: not an image of a known format ({string.Join(' ', Extensions)}); it begins with {Convert.ToHexString(encoded[..Math.Min(8, encoded.Length)])}.");

    internal static SafeFileHandle Open(string path)
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
}
