using System.Runtime.InteropServices;
using SimClr.Evaluation;
using static TorchSharp.torch;

namespace SimClr.Export;

/// <summary>Rows of an NPY file, read block by block: a block of 16 MiB at a time.</summary>
/// <remarks>One thread at a time.</remarks>
public sealed class NpyRows : IFeatureRows, IDisposable
{
    private const int BlockBytes = 16 << 20;

    private readonly NpyReader file;
    private readonly IReadOnlyList<int>? selected;

    /// <summary>Opens a file.</summary>
    /// <param name="path">An NPY file with a matrix of float16, float32 or float64 (rounded to float32).</param>
    /// <param name="selected">The rows to use, in ascending order, at least one; null (the default): all.</param>
    /// <exception cref="InvalidDataException">The file is not such an NPY file, is cut off, or has no row, or too many.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public NpyRows(string path, IReadOnlyList<int>? selected = null)
    {
        file = new NpyReader(path);
        this.selected = selected;
        if (file.Header.Rows is > 0 and < int.MaxValue) return;
        file.Dispose();
        throw new InvalidDataException($"{path} has {file.Header.Rows} rows: there must be 1 to {int.MaxValue - 1}.");
    }

    /// <inheritdoc/>
    public int Count => selected?.Count ?? (int)file.Header.Rows;

    /// <inheritdoc/>
    public int Dimensions => file.Header.Columns;

    /// <inheritdoc/>
    public int BlockRows => Math.Max(1, BlockBytes / sizeof(float) / Dimensions);

    /// <inheritdoc/>
    public Tensor Read(int first, int count)
    {
        var rows = empty(count, Dimensions);
        var values = MemoryMarshal.Cast<byte, float>(rows.bytes);
        if (selected is null)
        {
            file.Read(first, values);
            return rows;
        }
        for (int start = 0, length; start < count; start += length) // rows that follow each other at once
        {
            for (length = 1; start + length < count && selected[first + start + length] == selected[first + start] + length;) length++;
            file.Read(selected[first + start], values.Slice(start * Dimensions, length * Dimensions));
        }
        return rows;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => file.Dispose();
}
