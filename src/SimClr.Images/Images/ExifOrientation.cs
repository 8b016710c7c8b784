using System.Buffers.Binary;
using SkiaSharp;

namespace SimClr.Images;

/// <summary>The EXIF orientation of a PNG (its chunk <c>eXIf</c>) or a WebP (<c>EXIF</c>). Skia does not find these.</summary>
/// <remarks>Source: PNG, third edition, 11.3.4.1; WebP container specification; EXIF 2.32, 4.6.</remarks>
internal static class ExifOrientation
{
    private const int Tag = 0x0112, HasExif = 8;

    /// <summary>How the rows are stored; upright if there is no valid orientation.</summary>
    /// <param name="encoded">The whole file.</param>
    public static SKEncodedOrigin Of(ReadOnlySpan<byte> encoded)
    {
        var exif = encoded is [0x89, (byte)'P', (byte)'N', (byte)'G', ..] ? InPng(encoded)
            : encoded.StartsWith("RIFF"u8) ? InWebp(encoded)
            : default;
        if (exif.StartsWith("Exif\0\0"u8)) exif = exif[6..];
        return Orientation(exif) is >= 1 and <= 8 and var orientation ? (SKEncodedOrigin)orientation : SKEncodedOrigin.TopLeft;
    }

    // Chunks: length, name, data, checksum.
    private static ReadOnlySpan<byte> InPng(ReadOnlySpan<byte> png)
    {
        for (long at = 8; at + 12 <= png.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(png[(int)at..]);
            if (at + 12 + length > png.Length) break;
            if (png.Slice((int)at + 4, 4).SequenceEqual("eXIf"u8)) return png.Slice((int)at + 8, (int)length);
            at += 12 + (long)length;
        }
        return default;
    }

    // Chunks: name, length, data, padded to an even number of bytes. The first, VP8X, says whether there is any EXIF.
    private static ReadOnlySpan<byte> InWebp(ReadOnlySpan<byte> webp)
    {
        if (webp.Length < 30 || !webp.Slice(8, 8).SequenceEqual("WEBPVP8X"u8) || (webp[20] & HasExif) == 0) return default;
        for (long at = 12; at + 8 <= webp.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(webp[((int)at + 4)..]);
            if (at + 8 + length > webp.Length) break;
            if (webp.Slice((int)at, 4).SequenceEqual("EXIF"u8)) return webp.Slice((int)at + 8, (int)length);
            at += 8 + (long)length + length % 2;
        }
        return default;
    }

    // The first directory of a TIFF: entries of tag, type, count and value. 0 if the orientation is missing or not a 16-bit number.
    private static int Orientation(ReadOnlySpan<byte> tiff)
    {
        bool isLittle = tiff.StartsWith("II*\0"u8);
        if (tiff.Length < 8 || (!isLittle && !tiff.StartsWith("MM\0*"u8))) return 0;
        uint at = Long(tiff[4..], isLittle);
        if (at > tiff.Length - 2) return 0;
        var directory = tiff[(int)at..];
        int entries = Math.Min(Short(directory, isLittle), (directory.Length - 2) / 12);
        for (int i = 0; i < entries; i++)
        {
            var entry = directory.Slice(2 + 12 * i, 12);
            if (Short(entry, isLittle) == Tag) return Short(entry[2..], isLittle) == 3 ? Short(entry[8..], isLittle) : 0;
        }
        return 0;
    }

    private static int Short(ReadOnlySpan<byte> at, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at);

    private static uint Long(ReadOnlySpan<byte> at, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(at) : BinaryPrimitives.ReadUInt32BigEndian(at);
}
