using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace SimClr.Images;

/// <summary>Reads PBM, PGM, PPM (plain and raw), PAM and PFM. Values are scaled so that the largest is 255, or 65535 above 255.</summary>
/// <remarks>Source: the manual pages of Netpbm, pbm(5) to pam(5); P. Debevec's description of PFM.</remarks>
internal sealed class NetpbmFile
{
    private readonly string name;
    private readonly byte[] file;
    private int at;

    private NetpbmFile(ReadOnlySpan<byte> file, string name) => (this.file, this.name) = (file.ToArray(), name);

    /// <summary>Whether the file begins as one of these formats does.</summary>
    public static bool Is(ReadOnlySpan<byte> bytes) =>
        bytes is [(byte)'P', >= (byte)'1' and <= (byte)'7' or (byte)'f' or (byte)'F', var next, ..] && (IsSpace(next) || next == '#');

    /// <summary>The extension, with its point, of files that begin with P and this letter or digit.</summary>
    public static string ExtensionOf(char kind) => kind switch
    {
        '1' or '4' => ".pbm",
        '2' or '5' => ".pgm",
        '3' or '6' => ".ppm",
        '7' => ".pam",
        _ => ".pfm",
    };

    /// <summary>The image.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="name">The name in messages.</param>
    /// <exception cref="InvalidDataException">The file is damaged, cut off or too large.</exception>
    public static MemoryRows Open(ReadOnlySpan<byte> bytes, string name) => new NetpbmFile(bytes, name).Read();

    private MemoryRows Read()
    {
        char kind = (char)file[1];
        at = 2;
        if (kind == '7') return ReadPam();
        int width = Number("width"), height = Number("height");
        int channels = kind is '3' or '6' or 'F' ? 3 : 1;
        if (kind is 'f' or 'F') return ReadFloats(width, height, channels);
        int largest = kind is '1' or '4' ? 1 : Number("maximum");
        if (largest > ushort.MaxValue) throw Damaged($"its maximum is {largest}");
        if (kind is '4' or '5' or '6') EndHead();
        return kind is '1' or '2' or '3' ? ReadText(width, height, channels, largest, isBits: kind == '1')
            : kind == '4' ? ReadBits(width, height)
            : ReadBinary(width, height, channels, largest, Opacity.None);
    }

    private MemoryRows ReadPam()
    {
        var head = new Dictionary<string, string>();
        while (true)
        {
            int end = Array.IndexOf(file, (byte)'\n', at);
            if (end < 0 || end - at > 1000) throw Damaged("its head has no end");
            string line = Encoding.Latin1.GetString(file, at, end - at).Trim();
            at = end + 1;
            if (line == "ENDHDR") break;
            if (line.Length == 0 || line[0] == '#') continue;
            string[] words = line.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries);
            head[words[0]] = words.Length > 1 ? words[1].Trim() : "";
        }
        int Value(string key) =>
            int.TryParse(head.GetValueOrDefault(key), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0 ? value
                : throw Damaged($"its {key} is missing or no positive number");
        bool hasOpacity = head.GetValueOrDefault("TUPLTYPE", "").EndsWith("_ALPHA", StringComparison.Ordinal);
        int largest = Value("MAXVAL"), depth = Value("DEPTH");
        if (largest > ushort.MaxValue) throw Damaged($"its MAXVAL is {largest}");
        return ReadBinary(Value("WIDTH"), Value("HEIGHT"), depth, largest, hasOpacity && depth is 2 or 4 ? Opacity.Straight : Opacity.None);
    }

    private MemoryRows ReadBinary(int width, int height, int channels, int largest, Opacity opacity)
    {
        int size = largest > 255 ? 2 : 1;
        var data = Data(width, height, (long)channels * size, (long)width * channels * size);
        byte[] pixels = data.ToArray();
        if (size == 1)
        {
            if (largest < 255) for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)Scaled(pixels[i], largest, 255);
        }
        else
        {
            var words = MemoryMarshal.Cast<byte, ushort>(pixels.AsSpan());
            for (int i = 0; i < words.Length; i++)
                words[i] = (ushort)Scaled(BinaryPrimitives.ReadUInt16BigEndian(data[(2 * i)..]), largest, 65535);
        }
        return Of(pixels, width, height, channels, size == 1 ? PixelType.UInt8 : PixelType.UInt16, opacity);
    }

    private MemoryRows ReadBits(int width, int height)
    {
        int rowBytes = (width + 7) / 8;
        var data = Data(width, height, 1, rowBytes);
        byte[] pixels = new byte[width * height];
        for (int i = 0; i < pixels.Length; i++)
        {
            int x = i % width;
            pixels[i] = (data[i / width * rowBytes + x / 8] >> (7 - x % 8) & 1) != 0 ? (byte)0 : (byte)255;
        }
        return Of(pixels, width, height, 1, PixelType.UInt8, Opacity.None);
    }

    private MemoryRows ReadText(int width, int height, int channels, int largest, bool isBits)
    {
        RowDecoder.CheckBytes(name, width, height, 2L * channels);
        // Each value takes at least one byte, and two with the space behind it.
        if ((long)width * height * channels > (isBits ? file.Length : file.Length / 2 + 1)) throw CutOff();
        bool isWide = largest > 255;
        byte[] pixels = new byte[width * height * channels * (isWide ? 2 : 1)];
        var words = MemoryMarshal.Cast<byte, ushort>(pixels.AsSpan());
        for (int i = 0; i < width * height * channels; i++)
        {
            int value = isBits ? Bit() : Scaled(Number("value", allowZero: true), largest, isWide ? 65535 : 255);
            if (isWide) words[i] = (ushort)value;
            else pixels[i] = (byte)value;
        }
        return Of(pixels, width, height, channels, isWide ? PixelType.UInt16 : PixelType.UInt8, Opacity.None);
    }

    // Rows from the bottom; a negative scale means little-endian.
    private MemoryRows ReadFloats(int width, int height, int channels)
    {
        bool isNumber = double.TryParse(Word("scale"), NumberStyles.Float, CultureInfo.InvariantCulture, out double scale);
        if (!isNumber || scale == 0 || !double.IsFinite(scale))
            throw Damaged("its scale is no number other than 0");
        EndHead();
        int row = width * channels;
        var data = Data(width, height, 4L * channels, 4L * row);
        byte[] pixels = new byte[4 * row * height];
        var values = MemoryMarshal.Cast<byte, float>(pixels.AsSpan());
        for (int i = 0; i < values.Length; i++)
        {
            var from = data[(4 * ((height - 1 - i / row) * row + i % row))..];
            values[i] = scale < 0 ? BinaryPrimitives.ReadSingleLittleEndian(from) : BinaryPrimitives.ReadSingleBigEndian(from);
        }
        return Of(pixels, width, height, channels, PixelType.Float32, Opacity.None);
    }

    private MemoryRows Of(byte[] pixels, int width, int height, int channels, PixelType type, Opacity opacity) =>
        new(pixels) { Name = name, Width = width, Height = height, Channels = channels, Type = type, Opacity = opacity };

    private ReadOnlySpan<byte> Data(int width, int height, long pixel, long rowBytes)
    {
        RowDecoder.CheckBytes(name, width, height, pixel);
        return rowBytes * height <= file.Length - at ? file.AsSpan(at, (int)(rowBytes * height)) : throw CutOff();
    }

    private int Scaled(int value, int largest, int full) => value <= largest ? (int)(((long)value * full + largest / 2) / largest)
        : throw Damaged($"a value of {value} is above its maximum of {largest}");

    private int Bit()
    {
        SkipSpace();
        if (at >= file.Length) throw CutOff();
        return file[at++] switch { (byte)'1' => 0, (byte)'0' => 255, _ => throw Damaged("a bit is neither 0 nor 1") };
    }

    private int Number(string what, bool allowZero = false)
    {
        string word = Word(what);
        return int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && (value > 0 || allowZero) ? value
            : throw Damaged($"its {what} is not a {(allowZero ? "" : "positive ")}number");
    }

    private string Word(string what)
    {
        SkipSpace();
        int start = at;
        while (at < file.Length && !IsSpace(file[at]) && at - start < 40) at++;
        return at > start ? Encoding.Latin1.GetString(file, start, at - start) : throw Damaged($"its {what} is missing");
    }

    // Comments, from # to the end of the line, count as space.
    private void SkipSpace()
    {
        for (; at < file.Length && (IsSpace(file[at]) || file[at] == '#'); at++)
        {
            if (file[at] == '#') while (at + 1 < file.Length && file[at] is not ((byte)'\n' or (byte)'\r')) at++;
        }
    }

    private void EndHead()
    {
        if (at >= file.Length || !IsSpace(file[at])) throw CutOff();
        at++;
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or >= 9 and <= 13;

    private InvalidDataException Damaged(string why) => new($"{name}: the Netpbm image is damaged: {why}.");

    private InvalidDataException CutOff() => new($"{name}: the Netpbm image is cut off after {file.Length} bytes.");
}
