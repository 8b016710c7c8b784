using SimClr.Distributed;
using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>
/// The k-nearest-neighbour classifier by cosine (Wu et al. 2018, "Unsupervised feature learning via non-parametric
/// instance discrimination", section 3.4): exact, without any training, and so the quickest look at a representation.
/// </summary>
/// <remarks>
/// Neighbours and ties are those of <see cref="NearestNeighbours"/>. Of equal votes the lower class wins. A class without a
/// vote is ruled out (score −∞) and is not filled up into the top five, as a sort over zeros would.
/// </remarks>
public sealed class KnnClassifier : IDisposable
{
    private readonly ICommunicator ranks;
    private readonly NearestNeighbours neighbours;
    private readonly Tensor labels;     // (N)
    private readonly long[] classCounts;

    /// <summary>Keeps a copy of the training features, scaled to unit length.</summary>
    /// <param name="train">(N, D); borrowed for this call. C is its greatest label + 1.</param>
    /// <param name="communicator">Ranks with the same rows that share the queries, which are the same too: each gets all scores, those of one. Scoring is then a collective. Borrowed; null: this process is all.</param>
    /// <exception cref="ArgumentException">A label is missing, there are fewer than two classes, or a feature is not finite.</exception>
    public KnnClassifier(Features train, ICommunicator? communicator = null)
    {
        ranks = communicator ?? new SingleProcess();
        classCounts = train.RequireTrainable(nameof(train));
        neighbours = new NearestNeighbours(train.Values);
        labels = train.Labels.to(neighbours.Device, copy: true).DetachFromDisposeScope();
    }

    /// <summary>Classifies M labelled rows by every k, weighted and not.</summary>
    /// <param name="test">(M, D); borrowed.</param>
    /// <param name="options">Which k, and the temperature; null for the defaults.</param>
    /// <returns>For each k in the order of the options: weighted, then unweighted.</returns>
    /// <exception cref="ArgumentException">D differs, a label is missing or is no training row's, a feature is not finite, or an option is out of range.</exception>
    public IReadOnlyList<KnnResult> Evaluate(Features test, KnnOptions? options = null)
    {
        test.RequireScorable(classCounts, neighbours.Dimensions, nameof(test));
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
        Features.RequireQueries(queries, neighbours.Dimensions, nameof(queries));

        using var scope = NewDisposeScope();
        long rows = queries.shape[0], block = neighbours.BlockRows;
        var results = new List<KnnScores>();
        foreach (int k in options.K)
        {
            foreach (bool weighted in (ReadOnlySpan<bool>)[true, false])
                results.Add(new KnnScores(k, weighted, zeros(rows, classCounts.Length, ScalarType.Float64, neighbours.Device)));
        }
        for (long start = ranks.Rank * block; start < rows; start += ranks.Size * block)
        {
            using var blockScope = NewDisposeScope();
            long count = Math.Min(block, rows - start);
            Vote(queries.narrow(0, start, count), start, results, options.Temperature);
        }
        foreach (var result in results)
        {
            ranks.AllReduce(result.ClassScores); // 0 where another rank has the scores
            result.ClassScores.MoveToOuterDisposeScope();
        }
        return results;
    }

    private void Vote(Tensor queries, long start, List<KnnScores> results, double temperature)
    {
        var (cosines, rows) = neighbours.Block(queries, results.Max(r => r.K));
        var voted = labels[rows];                                                                       // (B, k)
        // Relative to the nearest neighbour's, a vote overflows at no temperature.
        var votes = cosines.to(ScalarType.Float64).sub_(cosines.narrow(1, 0, 1)).div_(temperature).exp_();
        var equal = ones_like(votes);
        foreach (var (k, weighted, scores) in results)
        {
            long clipped = Math.Min(k, neighbours.Count);
            var sums = zeros(queries.shape[0], scores.shape[1], ScalarType.Float64, scores.device);     // (B, C)
            sums.scatter_add_(1, voted.narrow(1, 0, clipped), (weighted ? votes : equal).narrow(1, 0, clipped));
            scores.narrow(0, start, queries.shape[0]).copy_(sums.log_());
        }
    }

    /// <summary>Frees the copy of the training features.</summary>
    public void Dispose()
    {
        neighbours.Dispose();
        labels.Dispose();
    }
}
