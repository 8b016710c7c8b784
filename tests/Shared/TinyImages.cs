using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SkiaSharp;

namespace SimClr.Tests;

/// <summary>Small image files, written from the definitions of the formats where SkiaSharp has no encoder.</summary>
internal static class TinyImages
{
    /// <summary>A PNG of 8 × 8 pixels, for tests that need any image.</summary>
    public static byte[] Any { get; } = Encode(8, 8, SKEncodedImageFormat.Png, (x, _) => new((byte)x, 0, 0));

    /// <summary>Encodes an image with SkiaSharp; <paramref name="color"/> gives the colour at (x, y).</summary>
    public static byte[] Encode(int width, int height, SKEncodedImageFormat format, Func<int, int, SKColor> color)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                bitmap.SetPixel(x, y, color(x, y));
        using var data = bitmap.Encode(format, 100);
        return data.ToArray();
    }

    /// <summary>A PNG from its scan lines, given without filter bytes (RFC 2083).</summary>
    public static byte[] Png(int width, int height, byte bits, byte colorType, byte[] lines, params (string Name, byte[] Data)[] chunks)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest))
        {
            foreach (var line in lines.Chunk(lines.Length / height)) zlib.Write([0, .. line]);
        }

        byte[] head = [.. BigEndian(width), .. BigEndian(height), bits, colorType, 0, 0, 0];
        (string, byte[])[] all = [("IHDR", head), .. chunks, ("IDAT", packed.ToArray()), ("IEND", [])];
        return [0x89, .. "PNG\r\n"u8, 0x1a, 0x0a, .. all.SelectMany(chunk => Chunk(chunk.Item1, chunk.Item2))];
    }

    /// <summary>A PNG whose head was changed, with the checksum of the head made right.</summary>
    public static byte[] Resealed(byte[] png) => [.. png[..8], .. Chunk("IHDR", png[16..29]), .. png[33..]];

    /// <summary>A 24-bit BMP of one colour.</summary>
    public static byte[] Bmp(int width, int height, byte red, byte green, byte blue)
    {
        int row = (3 * width + 3) / 4 * 4;
        var file = new byte[54 + row * height];
        "BM"u8.CopyTo(file);
        foreach (var (offset, value) in new[] { (2, file.Length), (10, 54), (14, 40), (18, width), (22, height), (26, 1 | (24 << 16)) })
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(offset), value);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                new[] { blue, green, red }.CopyTo(file, 54 + y * row + 3 * x);
        return file;
    }

    /// <summary>A GIF of four colours, one of them transparent. Its LZW stream is reset before each pixel.</summary>
    public static byte[] Gif(byte width, byte height, byte[] palette, byte transparent, byte[] indices)
    {
        var bits = new BitWriter(leastFirst: true);
        foreach (byte index in indices)
        {
            bits.Write(4, 3);
            bits.Write(index, 3);
        }

        bits.Write(5, 3);
        byte[] data = bits.ToArray(pad: 0);
        return [.. "GIF89a"u8, width, 0, height, 0, 0xf1, 0, 0, .. palette,
            0x21, 0xf9, 4, 1, 0, 0, transparent, 0,
            0x2c, 0, 0, 0, 0, width, 0, height, 0, 0, 2, (byte)data.Length, .. data, 0, 0x3b];
    }

    /// <summary>An icon file that contains a PNG.</summary>
    public static byte[] Ico(byte side, byte[] png)
    {
        var size = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(size, png.Length);
        return [0, 0, 1, 0, 1, 0, side, side, 0, 0, 1, 0, 32, 0, .. size, 22, 0, 0, 0, .. png];
    }

    /// <summary>
    /// An 8 × 8 baseline JPEG of four equal-valued components, as Adobe writes CMYK: 255 is no ink. Each block has a DC coefficient only,
    /// 8·(value − 128), unquantised (ITU T.81).
    /// </summary>
    public static byte[] CmykJpeg(params byte[] values)
    {
        var bits = new BitWriter(leastFirst: false);
        foreach (byte value in values)
        {
            int dc = 8 * (value - 128);
            int size = dc == 0 ? 0 : int.Log2(Math.Abs(dc)) + 1;
            bits.Write(size, 4);
            bits.Write(dc < 0 ? dc + (1 << size) - 1 : dc, size);
            bits.Write(0, 1);
        }

        byte[] ones = [.. Enumerable.Repeat((byte)1, 64)];
        byte[] frame = [.. Enumerable.Range(1, 4).SelectMany(id => new byte[] { (byte)id, 0x11, 0 })];
        byte[] scan = [.. Enumerable.Range(1, 4).SelectMany(id => new byte[] { (byte)id, 0 })];
        byte[] dcTable = [0, 0, 0, 0, 12, .. new byte[12], .. Enumerable.Range(0, 12).Select(i => (byte)i)];
        byte[] acTable = [0x10, 1, .. new byte[15], 0];
        return [0xff, 0xd8,
            .. Segment(0xee, [.. "Adobe"u8, 0, 100, 0, 0, 0, 0, 0]),
            .. Segment(0xdb, [0, .. ones]),
            .. Segment(0xc0, [8, 0, 8, 0, 8, 4, .. frame]),
            .. Segment(0xc4, [.. dcTable, .. acTable]),
            .. Segment(0xda, [4, .. scan, 0, 63, 0]),
            .. bits.ToArray(pad: 1).SelectMany(b => b == 0xff ? new byte[] { b, 0 } : [b]),
            0xff, 0xd9];
    }

    /// <summary>A JPEG with an EXIF orientation inserted after its first marker.</summary>
    public static byte[] WithOrientation(byte[] jpeg, byte orientation) =>
        [.. jpeg[..2],
            .. Segment(0xe1, [.. "Exif"u8, 0, 0, .. "MM"u8, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]),
            .. jpeg[2..]];

    private static byte[] Segment(byte marker, byte[] data) =>
        [0xff, marker, (byte)((data.Length + 2) >> 8), (byte)(data.Length + 2), .. data];

    private static byte[] Chunk(string name, byte[] data)
    {
        byte[] named = [.. Encoding.ASCII.GetBytes(name), .. data];
        uint crc = uint.MaxValue;
        foreach (byte value in named)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * 0xedb88320);
        }

        return [.. BigEndian(data.Length), .. named, .. BigEndian((int)~crc)];
    }

    private static byte[] BigEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
