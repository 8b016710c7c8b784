using SimClr.Distributed;
using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>The k rows with the highest cosine to a query. Exact: every row is compared, for one block of queries at a time.</summary>
/// <remarks>
/// A row of length zero has cosine 0 with every other row. Of equal cosines the lower row is nearer. Cosines are within ±1. Safe to use
/// from several threads at once until it is disposed.
/// </remarks>
public sealed class NearestNeighbours : IDisposable
{
    private readonly Tensor unitRows;   // (N, D)

    /// <summary>Keeps a copy of the rows, scaled to unit length.</summary>
    /// <param name="values">(N, D) float32; borrowed for this call.</param>
    /// <exception cref="ArgumentException">The values have another shape or dtype.</exception>
    /// <exception cref="InvalidDataException">A value is not finite.</exception>
    public NearestNeighbours(Tensor values) : this(values, 0, null)
    {
    }

    private NearestNeighbours(Tensor values, long first, long? all)
    {
        Features.RequireMatrix(values, nameof(values));
        Features.RequireFinite(values, first, all);
        unitRows = CosineBlocks.UnitRows(values).DetachFromDisposeScope();
    }

    /// <summary>N.</summary>
    public long Count => unitRows.shape[0];

    /// <summary>D, the length of a row.</summary>
    public long Dimensions => unitRows.shape[1];

    /// <summary>The device of the rows.</summary>
    public Device Device => unitRows.device;

    /// <summary>Finds the nearest rows of M queries. Cosines exist for one block of queries at a time.</summary>
    /// <param name="queries">(M, D) float32; borrowed.</param>
    /// <param name="k">At least 1. If there are fewer rows, all are returned.</param>
    /// <returns>(M, min(k, N)) float32 cosines and int64 rows, nearest first; owned by the caller.</returns>
    /// <exception cref="ArgumentException">The rows have another D, or k is less than 1.</exception>
    /// <exception cref="InvalidDataException">A value is not finite.</exception>
    public (Tensor Cosines, Tensor Rows) Find(Tensor queries, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        Features.RequireQueries(queries, Dimensions, nameof(queries));
        return Find(queries, k, new SingleProcessCommunicator());
    }

    /// <summary>Finds the nearest rows of M queries among rows that need not fit into memory: one block of them exists at a time.</summary>
    /// <param name="rows">The searched rows; borrowed.</param>
    /// <param name="queries">(M, D) float32; borrowed.</param>
    /// <param name="k">At least 1. If there are fewer rows, all are returned.</param>
    /// <returns>(M, min(k, N)) float32 cosines and int64 rows, nearest first; owned by the caller.</returns>
    /// <exception cref="ArgumentException">The queries have another D, or k is less than 1.</exception>
    /// <exception cref="InvalidDataException">A value is not finite.</exception>
    /// <exception cref="IOException">The rows cannot be read.</exception>
    public static (Tensor Cosines, Tensor Rows) Find(IFeatureRows rows, Tensor queries, int k)
    {
        ArgumentNullException.ThrowIfNull(rows);
        using var scope = NewDisposeScope();
        (Tensor Cosines, Tensor Rows)? best = null;
        for (int start = 0, count; start < rows.Count; start += count)
        {
            count = Math.Min(rows.BlockRows, rows.Count - start);
            using var step = NewDisposeScope();
            using var block = new NearestNeighbours(rows.Read(start, count), start, rows.Count);
            var (cosines, found) = block.Find(queries, k);
            found = found + start;
            if (best is { } known) (cosines, found) = Nearer(known, (cosines, found), k);
            best?.Cosines.Dispose();
            best?.Rows.Dispose();
            best = (cosines.MoveToOuterDisposeScope(), found.MoveToOuterDisposeScope());
        }
        return (best!.Value.Cosines.MoveToOuterDisposeScope(), best.Value.Rows.MoveToOuterDisposeScope());
    }

    // Both are sorted, and the first has the lower rows: of equal cosines a stable sort takes it.
    private static (Tensor Cosines, Tensor Rows) Nearer((Tensor Cosines, Tensor Rows) known, (Tensor Cosines, Tensor Rows) found, int k)
    {
        var (cosines, order) = cat([known.Cosines, found.Cosines], 1).sort(dim: 1, descending: true, stable: true);
        long count = Math.Min(k, cosines.shape[1]);
        return (cosines.narrow(1, 0, count).contiguous(), cat([known.Rows, found.Rows], 1).gather(1, order.narrow(1, 0, count)));
    }

    /// <summary>
    /// Finds the nearest rows on several ranks that have the same rows and queries. Each rank computes some blocks and gets all results.
    /// </summary>
    /// <param name="queries">(Q, D) float32, the same on all ranks; borrowed.</param>
    /// <param name="k">Neighbours of a query, from 1 to the number of rows.</param>
    /// <param name="ranks">Connects the ranks.</param>
    internal (Tensor Cosines, Tensor Rows) Find(Tensor queries, int k, ICommunicator ranks)
    {
        using var scope = NewDisposeScope();
        var (cosines, rows) = (
            zeros(queries.shape[0], Math.Min(k, Count), device: Device),
            zeros(queries.shape[0], Math.Min(k, Count), ScalarType.Int64, Device));
        foreach (var (start, count) in CosineBlocks.Of(queries.shape[0], Count, ranks.Rank, ranks.Size))
        {
            using var block = NewDisposeScope();
            var (nearest, found) = Block(queries.narrow(0, start, count), k);
            cosines.narrow(0, start, count).copy_(nearest);
            rows.narrow(0, start, count).copy_(found);
        }
        ranks.AllReduce(cosines); // 0 where another rank has looked
        ranks.AllReduce(rows);
        return (cosines.MoveToOuterDisposeScope(), rows.MoveToOuterDisposeScope());
    }

    // Finds the neighbours of one block of checked queries. Its temporaries stay in the caller's scope.
    private (Tensor Cosines, Tensor Rows) Block(Tensor queries, int k)
    {
        k = (int)Math.Min(k, Count);
        var cosines = CosineBlocks.Cosines(CosineBlocks.UnitRows(queries.to(Device)), unitRows);         // (B, N)
        var (top, rows) = cosines.topk((int)Math.Min(k + 1, Count), dim: 1);
        long last = top.shape[1] - 1;
        var tied = (top.narrow(1, 0, last) == top.narrow(1, 1, last)).any(1).nonzero().squeeze(1);
        rows = rows.narrow(1, 0, k);
        if (tied.shape[0] > 0) // topk does not say which of equal cosines comes first
        {
            var (_, order) = cosines.index_select(0, tied).sort(dim: 1, descending: true, stable: true);
            rows = rows.index_copy(0, tied, order.narrow(1, 0, k));
        }
        return (top.narrow(1, 0, k), rows);
    }

    /// <summary>Frees the copy of the rows.</summary>
    public void Dispose() => unitRows.Dispose();
}
