using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using SimClr.IO;

namespace SimClr.Images;

/// <summary>Reads PNGs of 16 bits a value, which Skia reduces to 8.</summary>
/// <remarks>Source: PNG, third edition, 5 (chunks), 8 (interlacing), 9 (filters), 11.3.1.1 (tRNS).</remarks>
internal static class DeepPng
{
    private static readonly (int X, int Y, int Right, int Down)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>Whether the file begins as a PNG of 16 bits does.</summary>
    public static bool Is(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 33 && bytes[..8] is [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10] && bytes[24] == 16;

    /// <summary>The image.</summary>
    /// <param name="png">The file.</param>
    /// <param name="name">The name in messages.</param>
    /// <exception cref="InvalidDataException">The file is damaged, cut off or too large.</exception>
    public static MemoryRows Open(ReadOnlySpan<byte> png, string name)
    {
        uint width = BinaryPrimitives.ReadUInt32BigEndian(png[16..]), height = BinaryPrimitives.ReadUInt32BigEndian(png[20..]);
        int channels = png[25] switch { 0 => 1, 2 => 3, 4 => 2, 6 => 4, _ => 0 };
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue || channels == 0 || png[26] != 0 || png[27] != 0 || png[28] > 1)
            throw Damaged(name, "its head has values that are not defined");
        RowDecoder.CheckBytes(name, (int)width, (int)height, Math.Max(6, 2 * (channels + 1)));
        var (packed, transparent) = Chunks(png, name);
        byte[] pixels = new byte[2 * channels * width * height];
        try
        {
            using var lines = new ZLibStream(packed, CompressionMode.Decompress);
            foreach (var (x, y, right, down) in png[28] == 1 ? Adam7 : [(0, 0, 1, 1)])
                ReadPass(lines, pixels, channels, ((int)width, (int)height), (x, y), (right, down), name);
            _ = lines.ReadByte(); // at the end, the checksum of all lines is compared; what may follow is not unpacked
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException($"{name}: the PNG is cut off; not all of its {width} × {height} pixels are there.", e);
        }
        // An IOException of .NET's zlib: the file is in memory.
        catch (Exception e) when (e is IOException
            || (e is InvalidDataException && !e.Message.StartsWith(name, StringComparison.Ordinal)))
        {
            throw Damaged(name, "its pixels do not unpack");
        }
        if (BitConverter.IsLittleEndian)
        {
            var words = MemoryMarshal.Cast<byte, ushort>(pixels.AsSpan());
            BinaryPrimitives.ReverseEndianness(words, words);
        }
        bool hasOpacity = channels is 2 or 4;
        if (!hasOpacity && transparent.Length == 2 * channels)
        {
            pixels = WithOpacity(pixels, channels++, transparent);
            hasOpacity = true;
        }
        return new MemoryRows(pixels)
        {
            Name = name,
            Width = (int)width,
            Height = (int)height,
            Channels = channels,
            Type = PixelType.UInt16,
            Opacity = hasOpacity ? Opacity.Straight : Opacity.None,
            Origin = ExifOrientation.Of(png),
        };
    }

    // Length, name, data, checksum. Only chunks with an upper-case first letter must be intact.
    private static (MemoryStream Packed, byte[] Transparent) Chunks(ReadOnlySpan<byte> png, string name)
    {
        var packed = new MemoryStream();
        byte[] transparent = [];
        for (int at = 8; at + 12 <= png.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(png[at..]);
            if (length > png.Length - at - 12)
            {
                // The last chunk is cut off. What is there of it is read as far as it goes.
                if (png.Slice(at + 4, 4).SequenceEqual("IDAT"u8)) packed.Write(png[(at + 8)..]);
                break;
            }
            var kind = png.Slice(at + 4, 4);
            var data = png.Slice(at + 8, (int)length);
            uint sum = BinaryPrimitives.ReadUInt32BigEndian(png[(at + 8 + (int)length)..]);
            bool isIntact = Crc32.Of(png.Slice(at + 4, (int)length + 4)) == sum;
            if (!isIntact && (kind[0] & 0x20) == 0) throw Damaged(name, "a checksum is wrong");
            if (kind.SequenceEqual("IDAT"u8)) packed.Write(data);
            else if (kind.SequenceEqual("tRNS"u8)) transparent = data.ToArray();
            else if (kind.SequenceEqual("IEND"u8)) break;
            at += 12 + (int)length;
        }
        packed.Position = 0;
        return (packed, transparent);
    }

    private static void ReadPass(
        ZLibStream lines, byte[] pixels, int channels, (int Width, int Height) size, (int X, int Y) start, (int Right, int Down) step,
        string name)
    {
        int pixel = 2 * channels, columns = (size.Width - start.X + step.Right - 1) / step.Right;
        if (columns <= 0) return;
        byte[] line = new byte[columns * pixel], above = new byte[line.Length];
        for (int y = start.Y; y < size.Height; y += step.Down)
        {
            int filter = lines.ReadByte();
            if (filter < 0) throw new EndOfStreamException();
            lines.ReadExactly(line);
            if (filter > 4) throw Damaged(name, $"a row has filter {filter}");
            Unfilter(filter, line, above, pixel);
            for (int i = 0, x = start.X; i < columns; i++, x += step.Right)
                line.AsSpan(i * pixel, pixel).CopyTo(pixels.AsSpan((y * size.Width + x) * pixel));
            (line, above) = (above, line);
        }
    }

    private static void Unfilter(int filter, Span<byte> line, ReadOnlySpan<byte> above, int pixel)
    {
        for (int i = 0; i < line.Length && filter > 0; i++)
        {
            int left = i < pixel ? 0 : line[i - pixel], up = above[i], corner = i < pixel ? 0 : above[i - pixel];
            line[i] += (byte)(filter switch { 1 => left, 2 => up, 3 => (left + up) / 2, _ => Paeth(left, up, corner) });
        }
    }

    private static int Paeth(int left, int up, int corner)
    {
        int fromLeft = Math.Abs(up - corner), fromUp = Math.Abs(left - corner), fromCorner = Math.Abs(left + up - 2 * corner);
        return fromLeft <= fromUp && fromLeft <= fromCorner ? left : fromUp <= fromCorner ? up : corner;
    }

    // One colour is transparent.
    private static byte[] WithOpacity(byte[] pixels, int channels, byte[] color)
    {
        var from = MemoryMarshal.Cast<byte, ushort>(pixels.AsSpan());
        var to = new ushort[from.Length / channels * (channels + 1)];
        for (int i = 0, o = 0; i < from.Length; i += channels)
        {
            bool isColor = true;
            for (int c = 0; c < channels; c++)
            {
                to[o++] = from[i + c];
                isColor &= from[i + c] == BinaryPrimitives.ReadUInt16BigEndian(color.AsSpan(2 * c));
            }
            to[o++] = isColor ? ushort.MinValue : ushort.MaxValue;
        }
        return MemoryMarshal.AsBytes(to.AsSpan()).ToArray();
    }

    private static InvalidDataException Damaged(string name, string why) => new($"{name}: the PNG is damaged: {why}.");
}
