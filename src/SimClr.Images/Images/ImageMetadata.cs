using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace SimClr.Images;

/// <summary>The EXIF and XMP of a JPEG, PNG or WebP; empty where there is none.</summary>
/// <remarks>
/// Source: EXIF 2.32, 4.5.4; XMP specification part 3; PNG, third edition, 11.3.4.1 and 11.3.3; WebP container specification. ImageMagick
/// and libpng's tools write EXIF as hexadecimal text of a PNG (<c>Raw profile type exif</c>).
/// </remarks>
internal readonly ref struct ImageMetadata
{
    private const int LargestText = 1 << 20; // bytes after decompression, as in Pillow

    private ImageMetadata(ReadOnlySpan<byte> exif, ReadOnlySpan<byte> xmp)
    {
        Exif = exif;
        Xmp = xmp;
    }

    /// <summary>A TIFF, perhaps after <c>Exif\0\0</c>.</summary>
    public ReadOnlySpan<byte> Exif { get; }

    /// <summary>XML, in UTF-8.</summary>
    public ReadOnlySpan<byte> Xmp { get; }

    /// <summary>Finds the metadata of a file. What is damaged or cut off counts as missing.</summary>
    /// <param name="encoded">The whole file, or its beginning.</param>
    public static ImageMetadata Of(ReadOnlySpan<byte> encoded) =>
        encoded is [0xff, 0xd8, ..] ? InJpeg(encoded)
        : encoded is [0x89, (byte)'P', (byte)'N', (byte)'G', ..] ? InPng(encoded)
        : encoded.StartsWith("RIFF"u8) ? InWebp(encoded)
        : default;

    // Segments: marker, length, data; up to the first scan.
    private static ImageMetadata InJpeg(ReadOnlySpan<byte> jpeg)
    {
        const int App1 = 0xe1, Scan = 0xda, End = 0xd9;
        ReadOnlySpan<byte> exif = default, xmp = default;
        for (int at = 2; at + 4 <= jpeg.Length && jpeg[at] == 0xff;)
        {
            int marker = jpeg[at + 1];
            if (marker is Scan or End) break;
            if (marker is 0xff or 1 or >= 0xd0 and <= 0xd8)
            {
                at += marker == 0xff ? 1 : 2;
                continue;
            }
            int length = BinaryPrimitives.ReadUInt16BigEndian(jpeg[(at + 2)..]);
            if (length < 2 || at + 2 + length > jpeg.Length) break;
            var data = jpeg.Slice(at + 4, length - 2);
            if (marker == App1 && exif.IsEmpty && data.StartsWith("Exif\0\0"u8)) exif = data;
            else if (marker == App1 && data.StartsWith("http://ns.adobe.com/xap/1.0/\0"u8)) xmp = data[29..];
            at += 2 + length;
        }
        return new ImageMetadata(exif, xmp);
    }

    // Chunks: length, name, data, checksum.
    private static ImageMetadata InPng(ReadOnlySpan<byte> png)
    {
        ReadOnlySpan<byte> exif = default, profile = default, xmp = default;
        for (long at = 8; at + 12 <= png.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(png[(int)at..]);
            if (at + 12 + length > png.Length) break;
            var kind = png.Slice((int)at + 4, 4);
            var data = png.Slice((int)at + 8, (int)length);
            if (kind.SequenceEqual("eXIf"u8)) exif = data;
            else if (IsText(kind) && data.StartsWith("Raw profile type exif\0"u8)) profile = FromHex(TextOf(kind, data[22..]));
            else if (kind.SequenceEqual("iTXt"u8) && data.StartsWith("XML:com.adobe.xmp\0"u8)) xmp = TextOf(kind, data[18..]);
            at += 12 + (long)length;
        }
        return new ImageMetadata(exif.IsEmpty ? profile : exif, xmp);
    }

    // Chunks: name, length, data, padded to an even number of bytes. The first, VP8X, says whether there is any EXIF or XMP.
    private static ImageMetadata InWebp(ReadOnlySpan<byte> webp)
    {
        const int HasExif = 8, HasXmp = 4;
        ReadOnlySpan<byte> exif = default, xmp = default;
        if (webp.Length < 30 || !webp.Slice(8, 8).SequenceEqual("WEBPVP8X"u8)) return default;
        int has = webp[20];
        for (long at = 12; (has & (HasExif | HasXmp)) != 0 && at + 8 <= webp.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(webp[((int)at + 4)..]);
            if (at + 8 + length > webp.Length) break;
            var kind = webp.Slice((int)at, 4);
            var data = webp.Slice((int)at + 8, (int)length);
            if (kind.SequenceEqual("EXIF"u8) && (has & HasExif) != 0) exif = data;
            else if (kind.SequenceEqual("XMP "u8) && (has & HasXmp) != 0) xmp = data;
            at += 8 + (long)length + length % 2;
        }
        return new ImageMetadata(exif, xmp);
    }

    private static bool IsText(ReadOnlySpan<byte> kind) =>
        kind.SequenceEqual("tEXt"u8) || kind.SequenceEqual("zTXt"u8) || kind.SequenceEqual("iTXt"u8);

    // What follows the keyword: tEXt has text, zTXt a method and compressed text, iTXt two flags, two texts that end with 0, and text.
    private static ReadOnlySpan<byte> TextOf(ReadOnlySpan<byte> kind, ReadOnlySpan<byte> data)
    {
        if (kind.SequenceEqual("tEXt"u8)) return data.Length <= LargestText ? data : default;
        if (kind.SequenceEqual("zTXt"u8)) return data.Length > 1 ? Inflate(data[1..]) : default;
        if (data.Length < 2) return default;
        bool isPacked = data[0] != 0;
        data = data[2..];
        for (int texts = 0; texts < 2; texts++)
        {
            int end = data.IndexOf((byte)0);
            if (end < 0) return default;
            data = data[(end + 1)..];
        }
        return isPacked ? Inflate(data) : data.Length <= LargestText ? data : default;
    }

    private static ReadOnlySpan<byte> Inflate(ReadOnlySpan<byte> packed)
    {
        try
        {
            using var stream = new ZLibStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
            byte[] text = new byte[LargestText + 1];
            int read = stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
            return read <= LargestText ? text.AsSpan(0, read) : default;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return default;
        }
    }

    // An empty line, the name, the length, and the bytes in hexadecimal digits.
    private static ReadOnlySpan<byte> FromHex(ReadOnlySpan<byte> text)
    {
        string[] lines = Encoding.Latin1.GetString(text).Split('\n');
        string digits = string.Concat(string.Concat(lines.Skip(3)).Where(c => !char.IsWhiteSpace(c)));
        return digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit) ? Convert.FromHexString(digits) : default;
    }
}
