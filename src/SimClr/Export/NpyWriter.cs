using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace SimClr.Export;

/// <summary>
/// Writes a matrix to an NPY file row by row; its shape is said beforehand, so that a file whose last rows are missing can be
/// gone on with. Such a file is shorter than its header says, and <see cref="NpyReader"/> refuses it.
/// </summary>
/// <remarks>One thread at a time.</remarks>
public sealed class NpyWriter : IDisposable
{
    private readonly FileStream file;
    private readonly NpyHeader header;

    private NpyWriter(FileStream file, NpyHeader header, long rows) => (this.file, this.header, Rows) = (file, header, rows);

    /// <summary>Rows written so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Begins a file, over what was there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rows">M of the finished matrix.</param>
    /// <param name="columns">D, at least 1.</param>
    /// <param name="half">Whether to store float16, rounded to nearest, ties to even; else float32.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static NpyWriter Create(string path, long rows, int columns, bool half)
    {
        var (header, bytes) = NpyHeader.For(rows, columns, half);
        var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        file.Write(bytes);
        return new NpyWriter(file, header, 0);
    }

    /// <summary>Opens an unfinished file to go on with it; what lies behind its first <paramref name="rowsDone"/> rows is cut off.</summary>
    /// <param name="path">A file that <see cref="Create"/> began.</param>
    /// <param name="rowsDone">How many of its rows are kept.</param>
    /// <exception cref="InvalidDataException">It is no NPY file, or has fewer rows than that.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static NpyWriter Resume(string path, long rowsDone)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            var header = NpyHeader.Read(file, path);
            if (file.Length < header.RowOffset(rowsDone) || rowsDone > header.Rows)
                throw new InvalidDataException($"{path} holds {WholeRows(header, file.Length)} whole rows; {rowsDone} should be there.");
            file.SetLength(header.RowOffset(rowsDone));
            file.Position = file.Length;
            return new NpyWriter(file, header, rowsDone);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>How many whole rows an unfinished file holds; 0 where there is none, or none with a whole header.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static long RowsIn(string path)
    {
        if (!File.Exists(path)) return 0;
        using var file = File.OpenRead(path);
        try
        {
            return WholeRows(NpyHeader.Read(file, path), file.Length);
        }
        catch (InvalidDataException)
        {
            return 0;
        }
    }

    /// <summary>Appends whole rows.</summary>
    /// <param name="values">A multiple of D numbers, row by row.</param>
    /// <exception cref="ArgumentException">They are no whole rows, or more than are still missing.</exception>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Append(ReadOnlySpan<float> values)
    {
        var (rows, rest) = Math.DivRem(values.Length, header.Columns);
        if (rest != 0 || Rows + rows > header.Rows)
            throw new ArgumentException($"{values.Length} numbers are no whole rows of {header.Columns}, or more than the {header.Rows - Rows} rows still missing.", nameof(values));
        if (header.IsHalf) WriteHalf(values);
        else file.Write(MemoryMarshal.AsBytes(values)); // little-endian, as libtorch's machines are
        Rows += rows;
    }

    /// <summary>Returns when everything appended has reached the disk.</summary>
    public void Flush() => file.Flush(flushToDisk: true);

    private void WriteHalf(ReadOnlySpan<float> values)
    {
        var halves = ArrayPool<Half>.Shared.Rent(values.Length);
        try
        {
            var rounded = halves.AsSpan(0, values.Length);
            TensorPrimitives.ConvertToHalf(values, rounded);
            file.Write(MemoryMarshal.AsBytes(rounded));
        }
        finally
        {
            ArrayPool<Half>.Shared.Return(halves);
        }
    }

    private static long WholeRows(NpyHeader header, long fileBytes) =>
        Math.Clamp((fileBytes - header.DataOffset) / header.RowBytes, 0, header.Rows);

    /// <summary>Closes the file, finished or not.</summary>
    public void Dispose() => file.Dispose();
}
