using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SimClr.IO;

/// <summary>The header of an NPY file: type and shape of its array.</summary>
/// <remarks>
/// Source: numpy.lib.format. Magic, version, length of the header, then the header, a Python dictionary. Versions 1.0, 2.0 and 3.0.
/// </remarks>
/// <param name="Type">The dtype as NumPy writes it, for example <c>&lt;f4</c> or <c>|u1</c>.</param>
/// <param name="Shape">The shape of the array, in C order (row by row).</param>
/// <param name="DataOffset">The offset of the first number in the file.</param>
internal sealed partial record NpyFormat(string Type, IReadOnlyList<long> Shape, int DataOffset)
{
    private const int Prefix = 10, LongPrefix = 12, LongestHeader = 1 << 20, MaxAxes = 64;

    public static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>The shape as Python writes it.</summary>
    public string ShapeText => $"({string.Join(", ", Shape)}{(Shape.Count == 1 ? "," : "")})";

    [GeneratedRegex(
        @"^\s*\{\s*'descr'\s*:\s*'(?<descr>[^']*)'\s*,\s*'fortran_order'\s*:\s*(?<fortran>True|False)\s*," +
        @"\s*'shape'\s*:\s*\((?<shape>[0-9\s,]*)\)(?>\s*,?\s*)\}\s*$")]
    private static partial Regex Dictionary();

    /// <summary>The size of the whole file, given the bytes per number; at most 2⁶³ − 1.</summary>
    public long FileBytes(int numberBytes)
    {
        Int128 bytes = numberBytes;
        foreach (long side in Shape) bytes = Int128.Min(bytes * side, long.MaxValue);
        return (long)Int128.Min(bytes + DataOffset, long.MaxValue);
    }

    /// <summary>Reads the header of a file.</summary>
    /// <exception cref="InvalidDataException">As for <see cref="Read"/>.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static NpyFormat Of(string path)
    {
        using var stream = RegularFile.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Reads the header. Afterwards the stream is at the first number.</summary>
    /// <param name="stream">At the beginning of the file.</param>
    /// <param name="name">Its name in error messages.</param>
    /// <exception cref="InvalidDataException">The file is not an NPY file, or its array is in Fortran order (column by column).</exception>
    public static NpyFormat Read(Stream stream, string name)
    {
        Span<byte> prefix = stackalloc byte[LongPrefix];
        if (stream.ReadAtLeast(prefix[..Prefix], Prefix, throwOnEndOfStream: false) < Prefix || !prefix.StartsWith(Magic))
            throw new InvalidDataException($"{name} is no NPY file: it does not begin with \\x93NUMPY.");
        bool isLong = prefix[6] is 2 or 3;
        if (prefix[6] is < 1 or > 3)
            throw new InvalidDataException($"{name} is an NPY file of version {prefix[6]}.{prefix[7]}; 1.0, 2.0 and 3.0 are read.");
        if (isLong && stream.ReadAtLeast(prefix[Prefix..], 2, throwOnEndOfStream: false) < 2) throw CutOff(name);
        uint length = isLong ? BinaryPrimitives.ReadUInt32LittleEndian(prefix[8..]) : BinaryPrimitives.ReadUInt16LittleEndian(prefix[8..]);
        if (length > LongestHeader)
            throw new InvalidDataException($"{name}: its NPY header announces {length} bytes, which no array needs.");
        var text = new byte[length];
        if (stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false) < text.Length) throw CutOff(name);
        return Parse(Encoding.UTF8.GetString(text), (isLong ? LongPrefix : Prefix) + (int)length, name);
    }

    private static NpyFormat Parse(string text, int dataOffset, string name)
    {
        var match = Dictionary().Match(text);
        if (!match.Success) throw Unknown(text, name);
        if (match.Groups["fortran"].Value == "True")
            throw new InvalidDataException($"{name} is stored column by column (fortran_order); row by row is read: numpy.save(file, " +
                $"numpy.ascontiguousarray(a)) stores it so.");
        string[] sides = match.Groups["shape"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (sides.Length > MaxAxes)
            throw new InvalidDataException($"{name}: its NPY header has {sides.Length} axes; an array has at most {MaxAxes}.");
        var shape = new long[sides.Length];
        for (int i = 0; i < sides.Length; i++)
        {
            if (!long.TryParse(sides[i], CultureInfo.InvariantCulture, out shape[i])) throw Unknown(text, name);
        }
        return new NpyFormat(match.Groups["descr"].Value, shape, dataOffset);
    }

    private static InvalidDataException Unknown(string text, string name) =>
        new($"{name}: its NPY header cannot be understood: {Excerpt.Of(text.Trim())}");

    private static InvalidDataException CutOff(string name) => new($"{name} is cut off within its NPY header.");
}
