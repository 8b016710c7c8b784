using System.Buffers;
using Microsoft.Win32.SafeHandles;
using SimClr.IO;
using SkiaSharp;

namespace SimClr.Images;

/// <summary>
/// Decodes images: JPEG, PNG, WebP, BMP, GIF and icons with SkiaSharp, TIFF with LibTiff.NET, AVIF with libvips, Netpbm and PNG of 16 bits
/// here. If the system has libturbojpeg, it decodes the pixels of JPEGs: the same pixels, but faster. The bytes of a file decide its
/// format, not its name.
/// </summary>
/// <remarks>
/// Values keep their depth: up to 8 bits become uint8 of full range, 9 to 16 uint16, other integers and all floats float32. Gray becomes
/// R = G = B; palettes, YCbCr, Lab and CMYK become RGB, without a profile; any other number of channels stays. Of an animation or of
/// several pages, the first is used. Transparent pixels are composited on white. EXIF and TIFF orientation is applied. Embedded colour
/// profiles are not converted to sRGB, as in the loaders behind published results. <see cref="DecodeOptions"/> chooses pages and channels.
/// </remarks>
public static partial class ImageDecoder
{
    private const long UsualPixels = 128_000_000, LargestMaxPixels = 500_000_000;

    private static long maxPixels = UsualPixels;

    /// <summary>
    /// The largest number of pixels in an image, in [1, 500 million]: a small file can unpack to any size. The limit is one for the whole
    /// process. The program sets it; the libraries only read it. Default 128 million: cameras and most phones have up to 108. During
    /// decoding, each thread needs 3 bytes per pixel (JPEG), 4 (PNG) or up to 9 (WebP, or an image rotated by its EXIF).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The new value is out of range.</exception>
    public static long MaxPixels
    {
        get => Volatile.Read(ref maxPixels);
        set => Volatile.Write(ref maxPixels, value is >= 1 and <= LargestMaxPixels ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"Images may have 1 to {LargestMaxPixels} pixels."));
    }

    /// <summary>The extensions of the supported formats, with their point and in lower case.</summary>
    public static IReadOnlyList<string> Extensions { get; } =
    [
        ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".ico", ".wbmp", ".avif",
        ".pbm", ".pgm", ".ppm", ".pnm", ".pam", ".pfm",
    ];

    /// <summary>The decoder of JPEG pixels on this machine: <c>libturbojpeg.so.0</c>, or <c>SkiaSharp</c> if that is missing.</summary>
    public static string JpegDecoder => TurboJpeg.Name ?? "SkiaSharp";

    /// <summary>Reads and decodes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="buffer">
    /// Receives the pixels; the image is valid until the next use of the buffer. Null: the image has its own memory and its full size.
    /// </param>
    /// <param name="options">Which pages and channels; null: the first page, all channels.</param>
    /// <exception cref="InvalidDataException">
    /// The file is not an image of a known format, or is damaged, truncated or too large. The message names the file.
    /// </exception>
    /// <exception cref="IOException">It cannot be read: missing, not permitted, a folder.</exception>
    /// <exception cref="InsufficientMemoryException">There is not enough memory for the pixels.</exception>
    public static DecodedImage Read(string path, DecodeBuffer? buffer = null, DecodeOptions? options = null)
    {
        using var file = Open(path);
        long length = RandomAccess.GetLength(file);
        if (length > Array.MaxLength) throw new InvalidDataException($"{path}: {length} bytes are too many for an image file.");

        var encoded = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            int filled = 0;
            while (filled < length && RandomAccess.Read(file, encoded.AsSpan(filled, (int)length - filled), filled) is > 0 and var read)
                filled += read;
            return Decode(encoded.AsSpan(0, filled), path, buffer, options);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encoded);
        }
    }

    /// <summary>Decodes an image in memory.</summary>
    /// <param name="encoded">The file's bytes; borrowed.</param>
    /// <param name="name">The name in messages, for example the path.</param>
    /// <param name="buffer">As for <see cref="Read"/>.</param>
    /// <param name="options">As for <see cref="Read"/>.</param>
    /// <exception cref="InvalidDataException">As for <see cref="Read"/>.</exception>
    /// <exception cref="InsufficientMemoryException">As for <see cref="Read"/>.</exception>
    public static unsafe DecodedImage Decode(
        ReadOnlySpan<byte> encoded, string name, DecodeBuffer? buffer = null, DecodeOptions? options = null)
    {
        if (encoded.IsEmpty) throw new InvalidDataException($"{name}: the file is empty.");
        buffer ??= new DecodeBuffer();
        options ??= buffer.Options;
        buffer.HasChosen = true;
        fixed (byte* bytes = encoded)
        {
            try
            {
                using var stored = new UnmanagedMemoryStream(bytes, encoded.Length);
                using var rows = TiffFile.Is(encoded) ? TiffFile.Open(stored, name, isWhole: true, options)
                    : NetpbmFile.Is(encoded) ? NetpbmFile.Open(encoded, name)
                    : DeepPng.Is(encoded) ? DeepPng.Open(encoded, name)
                    : AvifFile.Is(encoded) ? AvifFile.Open(encoded, name)
                    : null;
                if (rows is not null) return RowDecoder.Decode(rows, buffer, options);
            }
            catch (OutOfMemoryException e) when (e is not InsufficientMemoryException)
            {
                throw new InsufficientMemoryException($"{name}: there is no memory for its pixels; fewer --threads, " +
                    $"or a lower --max-image-megapixels that leaves such images out.", e);
            }
            if ((BitmapFile.WithWholePalette(encoded) ?? IconFile.OnlyLargest(encoded, name)) is { } plain)
                return Decode(plain, name, buffer, options);
            using var data = SKData.Create((nint)bytes, encoded.Length);
            using var stream = new SKMemoryStream(data);
            using var codec = SKCodec.Create(stream, out var opened) ?? throw Unknown(encoded, name, opened);
            return Decode(codec, encoded, name, buffer, options);
        }
    }

    /// <summary>Checks a size against <see cref="MaxPixels"/>.</summary>
    /// <exception cref="InvalidDataException">It is larger; the message names the file.</exception>
    internal static void CheckPixels(string name, int width, int height)
    {
        if ((long)width * height > MaxPixels)
            throw new InvalidDataException($"{name}: {width} × {height} pixels are more than the {MaxPixels} that are decoded; " +
                $"--max-image-megapixels, or ImageDecoder.MaxPixels, allows more.");
    }

    private static InvalidDataException Unknown(ReadOnlySpan<byte> encoded, string name, SKCodecResult opened) => new(
        FileKind.Of(encoded) is { } kind ? $"{name} {kind}."
        : opened == SKCodecResult.IncompleteInput ? $"{name}: the image is cut off within its head, after {encoded.Length} bytes."
        : IconFile.IsIcon(encoded) ? $"{name}: the icon is damaged; the largest of its images cannot be read."
        : $"{name}: not an image of a known format ({string.Join(' ', Extensions)}); it begins " +
            $"with {Convert.ToHexString(encoded[..Math.Min(8, encoded.Length)])}.");

    internal static SafeFileHandle Open(string path)
    {
        try
        {
            return RegularFile.OpenHandle(path, options: FileOptions.SequentialScan);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }
}
