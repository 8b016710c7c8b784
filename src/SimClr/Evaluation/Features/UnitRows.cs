using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>
/// Rows scaled to unit length, block by block. Rows of a single block are scaled once and kept. Otherwise every pass reads and scales them
/// again, so that memory is bounded by the blocks in use. Each row is the same in every pass.
/// </summary>
internal sealed class UnitRows : IDisposable
{
    private readonly IFeatureRows rows;
    private readonly Tensor? whole; // (N, D) where it is one block
    private int checkedRows;

    /// <param name="rows">Borrowed until this object is disposed.</param>
    /// <exception cref="InvalidDataException">A value of a single block is not finite; otherwise the first pass throws it.</exception>
    public UnitRows(IFeatureRows rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        this.rows = rows;
        if (rows.BlockRows >= rows.Count) whole = Scaled(0, rows.Count);
    }

    /// <summary>N.</summary>
    public int Count => rows.Count;

    /// <summary>D.</summary>
    public int Dimensions => rows.Dimensions;

    /// <summary>Passes over the rows.</summary>
    /// <param name="from">The first row: the start of a block.</param>
    /// <returns>Each block's first row, and its rows (B, D); the caller disposes of them.</returns>
    /// <exception cref="InvalidDataException">A value is not finite. The message names the row.</exception>
    public IEnumerable<(int Start, Tensor Rows)> Blocks(int from = 0)
    {
        for (int start = from, count; start < Count; start += count)
        {
            count = Math.Min(rows.BlockRows, Count - start);
            yield return (start, whole?.alias().DetachFromDisposeScope() ?? Scaled(start, count));
        }
    }

    /// <summary>One row (D); owned by the caller.</summary>
    public Tensor this[int row]
    {
        get
        {
            if (whole is not null) return whole[row];
            using var one = Scaled(row, 1);
            return one[0].clone();
        }
    }

    private Tensor Scaled(int start, int count)
    {
        using var scope = NewDisposeScope();
        var values = rows.Read(start, count);
        if (start + count > checkedRows && start <= checkedRows)
        {
            Features.RequireFinite(values, start, Count);
            checkedRows = start + count;
        }
        return CosineBlocks.UnitRows(values).DetachFromDisposeScope();
    }

    /// <summary>Frees the kept rows.</summary>
    public void Dispose() => whole?.Dispose();
}
