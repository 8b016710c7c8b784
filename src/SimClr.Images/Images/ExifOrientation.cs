using System.Buffers.Binary;
using SkiaSharp;

namespace SimClr.Images;

/// <summary>
/// The orientation in the EXIF of a JPEG, PNG or WebP, else in its XMP. Skia finds only that in the EXIF of a JPEG.
/// </summary>
/// <remarks>Source: EXIF 2.32, 4.6; XMP specification part 2, <c>tiff:Orientation</c>; the order is that of Pillow.</remarks>
internal static class ExifOrientation
{
    private const int Tag = 0x0112, Missing = -1, Short = 3, Long = 4;

    /// <summary>How the rows are stored; upright if there is no valid orientation.</summary>
    /// <param name="encoded">The whole file, or its beginning.</param>
    public static SKEncodedOrigin Of(ReadOnlySpan<byte> encoded)
    {
        var metadata = ImageMetadata.Of(encoded);
        int orientation = InExif(metadata.Exif);
        if (orientation == Missing) orientation = InXmp(metadata.Xmp);
        return orientation is >= 1 and <= 8 ? (SKEncodedOrigin)orientation : SKEncodedOrigin.TopLeft;
    }

    // The first directory of a TIFF: entries of tag, type, count and value. Of a directory that is cut off, the whole entries count.
    private static int InExif(ReadOnlySpan<byte> tiff)
    {
        if (tiff.StartsWith("Exif\0\0"u8)) tiff = tiff[6..];
        bool isLittle = tiff.StartsWith("II*\0"u8);
        if (tiff.Length < 8 || (!isLittle && !tiff.StartsWith("MM\0*"u8))) return Missing;
        uint at = ReadLong(tiff[4..], isLittle);
        if (at > tiff.Length - 2) return Missing;
        var directory = tiff[(int)at..];
        int entries = Math.Min(ReadShort(directory, isLittle), (directory.Length - 2) / 12);
        for (int i = 0; i < entries; i++)
        {
            var entry = directory.Slice(2 + 12 * i, 12);
            if (ReadShort(entry, isLittle) != Tag) continue;
            return (ReadShort(entry[2..], isLittle), ReadLong(entry[4..], isLittle)) switch
            {
                (Short, 1 or 2) => ReadShort(entry[8..], isLittle), // of two the first
                (Long, 1) => (int)Math.Min(ReadLong(entry[8..], isLittle), 9),
                _ => 0,
            };
        }
        return Missing;
    }

    // tiff:Orientation="3" or <tiff:Orientation>3</tiff:Orientation>.
    private static int InXmp(ReadOnlySpan<byte> xmp)
    {
        var name = "tiff:Orientation"u8;
        for (int at = xmp.IndexOf(name); at >= 0; at = xmp.IndexOf(name))
        {
            xmp = xmp[(at + name.Length)..];
            var value = xmp.StartsWith("=\""u8) ? xmp[2..] : xmp.StartsWith(">"u8) ? xmp[1..] : default;
            if (value is [>= (byte)'0' and <= (byte)'9' and var digit, ..]) return digit - '0';
        }
        return Missing;
    }

    private static int ReadShort(ReadOnlySpan<byte> at, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at);

    private static uint ReadLong(ReadOnlySpan<byte> at, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(at) : BinaryPrimitives.ReadUInt32BigEndian(at);
}
