using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using SimClr.IO;

namespace SimClr.Export;

/// <summary>
/// Writes a matrix to an NPY file row by row. The header has the final shape, so an unfinished file can be resumed. Such a file is shorter
/// than its header says, and <see cref="NpyReader"/> refuses it.
/// </summary>
/// <remarks>One thread at a time.</remarks>
public sealed class NpyWriter : IDisposable
{
    private readonly FileStream file;
    private readonly NpyHeader header;

    private NpyWriter(FileStream file, NpyHeader header, long rows) => (this.file, this.header, Rows) = (file, header, rows);

    /// <summary>The number of rows so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Begins a file; an existing one is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rows">M of the finished matrix.</param>
    /// <param name="columns">D, at least 1.</param>
    /// <param name="half">Whether to store float16 (rounded to nearest, ties to even) instead of float32.</param>
    /// <exception cref="IOException">The file is not writable.</exception>
    public static NpyWriter Create(string path, long rows, int columns, bool half)
    {
        var (header, bytes) = NpyHeader.For(rows, columns, half);
        var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read | FileShare.Delete);
        file.Write(bytes);
        return new NpyWriter(file, header, 0);
    }

    /// <summary>Opens an unfinished file to resume it. Everything after the first <paramref name="rowsDone"/> rows is removed.</summary>
    /// <param name="path">A file that <see cref="Create"/> began.</param>
    /// <param name="rowsDone">The number of rows to keep.</param>
    /// <exception cref="InvalidDataException">The file is not an NPY file, or has fewer rows.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static NpyWriter Resume(string path, long rowsDone)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
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

    /// <summary>The number of complete rows in an unfinished file; 0 if the file or its header is missing.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static long RowsIn(string path)
    {
        if (!File.Exists(path)) return 0;
        using var file = RegularFile.OpenShared(path);
        try
        {
            return WholeRows(NpyHeader.Read(file, path), file.Length);
        }
        catch (InvalidDataException)
        {
            return 0;
        }
    }

    /// <summary>Appends complete rows.</summary>
    /// <param name="values">A multiple of D numbers, row by row.</param>
    /// <exception cref="ArgumentException">The length is not a multiple of D, or there are more rows than are missing.</exception>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Append(ReadOnlySpan<float> values)
    {
        var (rows, rest) = Math.DivRem(values.Length, header.Columns);
        if (rest != 0 || Rows + rows > header.Rows)
            throw new ArgumentException($"{values.Length} numbers are not whole rows of {header.Columns}, or more than " +
                $"the {header.Rows - Rows} rows still missing.", nameof(values));
        if (header.IsHalf) WriteHalf(values);
        else file.Write(MemoryMarshal.AsBytes(values)); // little-endian, as all of libtorch's platforms are
        Rows += rows;
    }

    /// <summary>Returns when everything appended is on the disk.</summary>
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

    /// <summary>Closes the file, finished or unfinished.</summary>
    public void Dispose() => file.Dispose();
}
