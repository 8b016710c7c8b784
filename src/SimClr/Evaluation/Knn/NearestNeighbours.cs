using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>
/// The k rows of the highest cosine with a query: exact, by comparing with every row, a block of queries at a time.
/// </summary>
/// <remarks>
/// A row of length zero has cosine 0 with every other. Of equal cosines the lower row is the nearer. No cosine is beyond ±1.
/// Safe to ask from several threads at once, until it is disposed of.
/// </remarks>
public sealed class NearestNeighbours : IDisposable
{
    internal const long BlockElements = 1 << 24; // cosines at once: 64 MiB

    private readonly Tensor unitRows;   // (N, D)

    /// <summary>Keeps a copy of the rows, scaled to unit length.</summary>
    /// <param name="values">(N, D) float32; borrowed for this call.</param>
    /// <exception cref="ArgumentException">They are of another shape or type.</exception>
    /// <exception cref="InvalidDataException">They are not finite.</exception>
    public NearestNeighbours(Tensor values)
    {
        Features.RequireMatrix(values, nameof(values));
        Features.RequireFinite(values);
        unitRows = UnitRows(values).DetachFromDisposeScope();
    }

    /// <summary>N.</summary>
    public long Count => unitRows.shape[0];

    /// <summary>D.</summary>
    public long Dimensions => unitRows.shape[1];

    /// <summary>Where the rows are.</summary>
    public Device Device => unitRows.device;

    /// <summary>How many queries' cosines fit a block.</summary>
    internal long BlockRows => Math.Max(1, BlockElements / Count);

    /// <summary>Finds the nearest rows of M queries; the cosines exist for a block of queries at a time.</summary>
    /// <param name="queries">(M, D) float32; borrowed.</param>
    /// <param name="k">At least 1; where there are fewer rows, all of them are found.</param>
    /// <returns>(M, min(k, N)) float32 cosines and int64 rows, the nearest first; the caller's.</returns>
    /// <exception cref="ArgumentException">D differs, or k is less than 1.</exception>
    /// <exception cref="InvalidDataException">A number is not finite.</exception>
    public (Tensor Cosines, Tensor Rows) Find(Tensor queries, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        Features.RequireQueries(queries, Dimensions, nameof(queries));
        using var scope = NewDisposeScope();
        var found = new List<(Tensor Cosines, Tensor Rows)>();
        for (long start = 0; start < queries.shape[0]; start += BlockRows)
        {
            using var block = NewDisposeScope();
            var (cosines, rows) = Block(queries.narrow(0, start, Math.Min(BlockRows, queries.shape[0] - start)), k);
            found.Add((cosines.MoveToOuterDisposeScope(), rows.MoveToOuterDisposeScope()));
        }
        return (cat([.. found.Select(f => f.Cosines)]).MoveToOuterDisposeScope(), cat([.. found.Select(f => f.Rows)]).MoveToOuterDisposeScope());
    }

    /// <summary>The same for one block of checked queries; its temporaries stay in the caller's scope.</summary>
    internal (Tensor Cosines, Tensor Rows) Block(Tensor queries, int k)
    {
        k = (int)Math.Min(k, Count);
        var cosines = Cosines(UnitRows(queries.to(unitRows.device)), unitRows);                         // (B, N)
        var (top, rows) = cosines.topk((int)Math.Min(k + 1, Count), dim: 1);
        long last = top.shape[1] - 1;
        var tied = (top.narrow(1, 0, last) == top.narrow(1, 1, last)).any(1).nonzero().squeeze(1);
        rows = rows.narrow(1, 0, k);
        if (tied.shape[0] > 0) // topk leaves open which of equal cosines comes first
        {
            var (_, order) = cosines.index_select(0, tied).sort(dim: 1, descending: true, stable: true);
            rows = rows.index_copy(0, tied, order.narrow(1, 0, k));
        }
        return (top.narrow(1, 0, k), rows);
    }

    /// <summary>(A, B): the cosines of (A, D) with (B, D), both of <see cref="UnitRows"/>. Rounding takes products of equal rows past 1, and no cosine is.</summary>
    internal static Tensor Cosines(Tensor unitRows, Tensor others)
    {
        using var scope = NewDisposeScope();
        return unitRows.mm(others.t()).clamp_(-1, 1).MoveToOuterDisposeScope();
    }

    /// <summary>x / ‖x‖ per row, 0 where x is 0. Dividing by the greatest magnitude first keeps the squares in float32's range.</summary>
    internal static Tensor UnitRows(Tensor values)
    {
        using var scope = NewDisposeScope();
        var greatest = maximum(values.amax([1], keepdim: true), -values.amin([1], keepdim: true));      // (B, 1)
        var scaled = values / where(greatest == 0, ones_like(greatest), greatest);
        var length = scaled.norm(1, keepdim: true, p: 2);
        return scaled.div_(length.clamp_min_(1)).MoveToOuterDisposeScope();                             // a scaled row is 0 or at least 1 long
    }

    /// <summary>Frees the copy of the rows.</summary>
    public void Dispose() => unitRows.Dispose();
}
