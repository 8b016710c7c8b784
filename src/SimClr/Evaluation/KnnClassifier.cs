using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>
/// The k-nearest-neighbour classifier by cosine (Wu et al. 2018, "Unsupervised feature learning via non-parametric
/// instance discrimination", section 3.4): exact, without any training, and so the quickest look at a representation.
/// </summary>
/// <remarks>
/// A feature of length zero has cosine 0 with every other. Of equal cosines the lower training row is the nearer; of
/// equal votes the lower class wins. A class without a vote is ruled out (score −∞) and is not filled up into the top
/// five, as a sort over zeros would.
/// </remarks>
public sealed class KnnClassifier : IDisposable
{
    private const long BlockElements = 1 << 24; // cosines at once: 64 MiB

    private readonly Tensor unitRows;   // (N, D)
    private readonly Tensor labels;     // (N)
    private readonly long[] classCounts;

    /// <summary>Keeps a copy of the training features, scaled to unit length.</summary>
    /// <param name="train">(N, D); borrowed for this call. C is its greatest label + 1.</param>
    /// <exception cref="ArgumentException">A label is missing, there are fewer than two classes, or a feature is not finite.</exception>
    public KnnClassifier(Features train)
    {
        classCounts = train.RequireTrainable(nameof(train));
        unitRows = UnitRows(train.Values).DetachFromDisposeScope();
        labels = train.Labels.to(unitRows.device, copy: true).DetachFromDisposeScope();
    }

    /// <summary>Classifies M labelled rows by every k, weighted and not.</summary>
    /// <param name="test">(M, D); borrowed.</param>
    /// <param name="options">Which k, and the temperature; null for the defaults.</param>
    /// <returns>For each k in the order of the options: weighted, then unweighted.</returns>
    /// <exception cref="ArgumentException">D differs, a label is missing or is no training row's, a feature is not finite, or an option is out of range.</exception>
    public IReadOnlyList<KnnResult> Evaluate(Features test, KnnOptions? options = null)
    {
        test.RequireScorable(classCounts, unitRows.shape[1], nameof(test));
        var results = new List<KnnResult>();
        foreach (var scores in Score(test.Values, options))
        {
            using (scores) results.Add(new KnnResult(scores.K, scores.Weighted, Accuracy.Of(scores.ClassScores, test.Labels)));
        }
        return results;
    }

    /// <summary>Lets the neighbours of M rows vote. All k share the cosines, which exist for a block of rows at a time: 64 MiB of them.</summary>
    /// <param name="queries">(M, D) float32; borrowed.</param>
    /// <param name="options">Which k, and the temperature; null for the defaults.</param>
    /// <returns>For each k in the order of the options: weighted, then unweighted. The caller's to dispose.</returns>
    /// <exception cref="ArgumentException">D differs, a feature is not finite, or an option is out of range.</exception>
    public IReadOnlyList<KnnScores> Score(Tensor queries, KnnOptions? options = null)
    {
        options = (options ?? new()).Checked();
        Features.RequireQueries(queries, unitRows.shape[1], nameof(queries));

        using var scope = NewDisposeScope();
        long rows = queries.shape[0], block = Math.Max(1, BlockElements / unitRows.shape[0]);
        var results = new List<KnnScores>();
        foreach (int k in options.K)
        {
            foreach (bool weighted in (ReadOnlySpan<bool>)[true, false])
                results.Add(new KnnScores(k, weighted, empty(rows, classCounts.Length, ScalarType.Float64, unitRows.device)));
        }
        for (long start = 0; start < rows; start += block)
        {
            using var blockScope = NewDisposeScope();
            long count = Math.Min(block, rows - start);
            Vote(queries.narrow(0, start, count).to(unitRows.device), start, results, options.Temperature);
        }
        foreach (var result in results) result.ClassScores.MoveToOuterDisposeScope();
        return results;
    }

    private void Vote(Tensor queries, long start, List<KnnScores> results, double temperature)
    {
        long trainRows = unitRows.shape[0];
        var (cosines, neighbours) = Nearest(UnitRows(queries), (int)Math.Min(trainRows, results.Max(r => r.K)));
        var voted = labels[neighbours];                                                                 // (B, k)
        // Relative to the nearest neighbour's, a vote overflows at no temperature.
        var votes = cosines.to(ScalarType.Float64).sub_(cosines.narrow(1, 0, 1)).div_(temperature).exp_();
        var equal = ones_like(votes);
        foreach (var (k, weighted, scores) in results)
        {
            long clipped = Math.Min(k, trainRows);
            var sums = zeros(queries.shape[0], scores.shape[1], ScalarType.Float64, scores.device);     // (B, C)
            sums.scatter_add_(1, voted.narrow(1, 0, clipped), (weighted ? votes : equal).narrow(1, 0, clipped));
            scores.narrow(0, start, queries.shape[0]).copy_(sums.log_());
        }
    }

    /// <summary>The k nearest training rows of each query, nearest first: cosines and row numbers, (B, k) each.</summary>
    private (Tensor Cosines, Tensor Rows) Nearest(Tensor queries, int k)
    {
        var cosines = queries.matmul(unitRows.t());                                                     // (B, N)
        var (top, rows) = cosines.topk((int)Math.Min(k + 1, unitRows.shape[0]), dim: 1);
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

    /// <summary>x / ‖x‖ per row, 0 where x is 0. Dividing by the greatest magnitude first keeps the squares in float32's range.</summary>
    private static Tensor UnitRows(Tensor values)
    {
        using var scope = NewDisposeScope();
        var greatest = maximum(values.amax([1], keepdim: true), -values.amin([1], keepdim: true));      // (B, 1)
        var scaled = values / where(greatest == 0, ones_like(greatest), greatest);
        var length = scaled.norm(1, keepdim: true, p: 2);
        return scaled.div_(length.clamp_min_(1)).MoveToOuterDisposeScope();                             // a scaled row is 0 or at least 1 long
    }

    /// <summary>Frees the copy of the training features.</summary>
    public void Dispose()
    {
        unitRows.Dispose();
        labels.Dispose();
    }
}
