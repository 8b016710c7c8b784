using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using SimClr.IO;

namespace SimClr.Export;

/// <summary>The header of an NPY file with a matrix.</summary>
/// <remarks>
/// Source: numpy.lib.format. Magic, version, length of the header, then the header: a Python dictionary, padded with spaces and ended by a
/// line feed, so that the data begins at a multiple of 64. Version 1.0 is written; 1.0, 2.0 and 3.0 are read.
/// </remarks>
/// <param name="Rows">M, at least 0.</param>
/// <param name="Columns">D, at least 1 and at most 2²⁹ − 1.</param>
/// <param name="NumberBytes">2 for float16, 4 for float32, 8 for float64 (which is only read). Little-endian, row by row.</param>
/// <param name="DataOffset">The offset of the first number in the file.</param>
public sealed record NpyHeader(long Rows, int Columns, int NumberBytes, int DataOffset)
{
    private const int Alignment = 64, Prefix = 10;

    /// <summary>Whether the numbers are float16.</summary>
    public bool IsHalf => NumberBytes == 2;

    /// <summary>The size of a row in bytes.</summary>
    public long RowBytes => (long)Columns * NumberBytes;

    /// <summary>The size of the whole file in bytes.</summary>
    public long FileBytes => RowOffset(Rows);

    /// <summary>The offset of row <paramref name="row"/> in the file.</summary>
    /// <param name="row">The row, from 0.</param>
    public long RowOffset(long row) => DataOffset + row * RowBytes;

    /// <summary>The header of a new file, and its bytes: the same for the same matrix.</summary>
    /// <param name="rows">At least 0.</param>
    /// <param name="columns">In [1, 536,870,911], so that a row of float32 has fewer than 2³¹ bytes.</param>
    /// <param name="half">Whether the values are float16; otherwise float32.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static (NpyHeader Header, byte[] Bytes) For(long rows, int columns, bool half)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, int.MaxValue / 4);
        string text = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '{(half ? "<f2" : "<f4")}', 'fortran_order': False, " +
            $"'shape': ({rows}, {columns}), }}");
        int length = (Prefix + text.Length + 1 + Alignment - 1) / Alignment * Alignment;
        var bytes = new byte[length];
        NpyFormat.Magic.CopyTo(bytes);
        bytes[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), (ushort)(length - Prefix));
        bytes.AsSpan(Prefix).Fill((byte)' ');
        Encoding.ASCII.GetBytes(text, bytes.AsSpan(Prefix));
        bytes[^1] = (byte)'\n';
        return (new NpyHeader(rows, columns, half ? 2 : 4, length), bytes);
    }

    /// <summary>Reads the header. Afterwards the stream is at the first number.</summary>
    /// <param name="stream">At the beginning of the file.</param>
    /// <param name="name">Its name in error messages.</param>
    /// <exception cref="InvalidDataException">
    /// The file is not an NPY file, or not a matrix of float16, float32 or float64 stored little-endian and row by row.
    /// </exception>
    public static NpyHeader Read(Stream stream, string name)
    {
        var format = NpyFormat.Read(stream, name);
        int numberBytes = format.Type switch { "<f2" => 2, "<f4" => 4, "<f8" => 8, _ => 0 };
        if (numberBytes == 0)
            throw new InvalidDataException($"{name} holds numbers of type {format.Type}; float16 (<f2), float32 (<f4) and float64 (<f8) " +
                $"are read: numpy.save(file, a.astype('<f4')) stores it so.");
        return format.Shape is [var rows, > 0 and <= int.MaxValue / 4 and var columns] && format.FileBytes(numberBytes) < long.MaxValue
            ? new NpyHeader(rows, (int)columns, numberBytes, format.DataOffset)
            : throw new InvalidDataException(
                $"{name} is of shape {format.ShapeText}; a matrix of 1 to {int.MaxValue / 4} columns is read.");
    }
}
