using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SimClr.Interchange;

/// <summary>What an NPY file says of its matrix before the numbers begin.</summary>
/// <remarks>
/// Source: numpy.lib.format. Magic, version, length of the header, the header (a Python dictionary), padded with spaces and
/// ended by a line feed so that the data begin at a multiple of 64. Version 1.0 is written; 1.0, 2.0 and 3.0 are read.
/// </remarks>
/// <param name="Rows">M, at least 0.</param>
/// <param name="Columns">D, at least 1.</param>
/// <param name="IsHalf">The numbers are float16; else float32. Little-endian, row by row.</param>
/// <param name="DataOffset">Where the first number lies in the file.</param>
public sealed partial record NpyHeader(long Rows, int Columns, bool IsHalf, int DataOffset)
{
    private const int Alignment = 64, Prefix = 10, LongPrefix = 12;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Bytes of a row.</summary>
    public int RowBytes => Columns * (IsHalf ? 2 : 4);

    /// <summary>Bytes of the whole file.</summary>
    public long FileBytes => RowOffset(Rows);

    /// <summary>Where row <paramref name="row"/> lies in the file.</summary>
    public long RowOffset(long row) => DataOffset + row * RowBytes;

    [GeneratedRegex(@"^\s*\{\s*'descr'\s*:\s*'(?<descr>[^']*)'\s*,\s*'fortran_order'\s*:\s*(?<fortran>True|False)\s*,\s*'shape'\s*:\s*\((?<shape>[\d\s,]*)\)\s*,?\s*\}\s*$")]
    private static partial Regex Dictionary();

    /// <summary>The header of a file that is to be written, and its bytes: the same for the same matrix.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static (NpyHeader Header, byte[] Bytes) For(long rows, int columns, bool half)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        string text = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '{(half ? "<f2" : "<f4")}', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
        int length = (Prefix + text.Length + 1 + Alignment - 1) / Alignment * Alignment;
        var bytes = new byte[length];
        Magic.CopyTo(bytes);
        bytes[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), (ushort)(length - Prefix));
        bytes.AsSpan(Prefix).Fill((byte)' ');
        Encoding.ASCII.GetBytes(text, bytes.AsSpan(Prefix));
        bytes[^1] = (byte)'\n';
        return (new NpyHeader(rows, columns, half, length), bytes);
    }

    /// <summary>Reads the header; afterwards the stream stands at the first number.</summary>
    /// <param name="stream">At the file's beginning.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InvalidDataException">It is no NPY file, or not a float16 or float32 matrix stored little-endian and row by row.</exception>
    public static NpyHeader Read(Stream stream, string name)
    {
        Span<byte> prefix = stackalloc byte[LongPrefix];
        if (stream.ReadAtLeast(prefix[..Prefix], Prefix, throwOnEndOfStream: false) < Prefix || !prefix.StartsWith(Magic))
            throw new InvalidDataException($"{name} is no NPY file: it does not begin with \\x93NUMPY.");
        bool isLong = prefix[6] is 2 or 3;
        if (prefix[6] is < 1 or > 3) throw new InvalidDataException($"{name} is an NPY file of version {prefix[6]}.{prefix[7]}; 1.0, 2.0 and 3.0 are read.");
        if (isLong && stream.ReadAtLeast(prefix[Prefix..], 2, throwOnEndOfStream: false) < 2) throw CutOff(name);
        uint length = isLong ? BinaryPrimitives.ReadUInt32LittleEndian(prefix[8..]) : BinaryPrimitives.ReadUInt16LittleEndian(prefix[8..]);
        if (length > 1 << 20) throw new InvalidDataException($"{name}: its NPY header announces {length} bytes, which no matrix needs.");
        var text = new byte[length];
        if (stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false) < text.Length) throw CutOff(name);
        return Parse(Encoding.UTF8.GetString(text), (isLong ? LongPrefix : Prefix) + (int)length, name);
    }

    private static NpyHeader Parse(string text, int dataOffset, string name)
    {
        var match = Dictionary().Match(text);
        if (!match.Success) throw new InvalidDataException($"{name}: its NPY header cannot be understood: {text.Trim()}");
        string type = match.Groups["descr"].Value;
        if (type is not ("<f4" or "<f2")) throw new InvalidDataException($"{name} holds numbers of type {type}; float32 (<f4) and float16 (<f2) are read.");
        if (match.Groups["fortran"].Value == "True") throw new InvalidDataException($"{name} is stored column by column (fortran_order); row by row is read.");
        string[] shape = match.Groups["shape"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return shape.Length == 2 && long.TryParse(shape[0], CultureInfo.InvariantCulture, out long rows) && int.TryParse(shape[1], CultureInfo.InvariantCulture, out int columns) && columns > 0
            ? new NpyHeader(rows, columns, type == "<f2", dataOffset)
            : throw new InvalidDataException($"{name} is of shape ({match.Groups["shape"].Value}); a matrix of at least one column is read.");
    }

    private static InvalidDataException CutOff(string name) => new($"{name} is cut off within its NPY header.");
}
