using SimClr.Distributed;
using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>
/// The k-nearest-neighbour classifier by cosine (Wu et al. 2018, "Unsupervised feature learning via non-parametric instance
/// discrimination", section 3.4). It is exact and needs no training, so it is the quickest evaluation of a representation.
/// </summary>
/// <remarks>
/// Neighbours and ties are those of <see cref="NearestNeighbours"/>. Of equal votes the lower class wins. A class without a vote is
/// excluded (score −∞): it does not fill up the top five, as a sort over zeros would. Safe to use from several threads at once until it is
/// disposed; with several ranks from one.
/// </remarks>
public sealed class KnnClassifier : IDisposable
{
    private readonly ICommunicator ranks;
    private readonly NearestNeighbours neighbours;
    private readonly Tensor labels;     // (N)
    private readonly long[] classCounts;

    /// <summary>Keeps a copy of the training features, scaled to unit length.</summary>
    /// <param name="train">(N, D); borrowed for this call. C is the greatest label + 1.</param>
    /// <param name="communicator">
    /// Ranks that have the same rows and share the same queries; each gets all scores, equal to those of one rank. Scoring is then a
    /// collective operation. Borrowed; null: this process alone.
    /// </param>
    /// <exception cref="InvalidDataException">A label is missing, there are fewer than two classes, or a feature is not finite.</exception>
    public KnnClassifier(Features train, ICommunicator? communicator = null)
    {
        ArgumentNullException.ThrowIfNull(train);
        ranks = communicator ?? new SingleProcessCommunicator();
        classCounts = train.RequireTrainable();
        neighbours = new NearestNeighbours(train.Values);
        labels = train.Labels.to(neighbours.Device, copy: true).DetachFromDisposeScope();
    }

    /// <summary>Classifies M labelled rows with every k, weighted and unweighted.</summary>
    /// <param name="test">(M, D); borrowed.</param>
    /// <param name="options">The values of k, and the temperature; null for the defaults.</param>
    /// <returns>The results for each k in the order of the options: weighted, then unweighted.</returns>
    /// <exception cref="ArgumentException">The rows have another D, or an option is out of range.</exception>
    /// <exception cref="InvalidDataException">
    /// A label is missing or does not occur in the training rows, or a feature is not finite.
    /// </exception>
    public IReadOnlyList<KnnResult> Evaluate(Features test, KnnOptions? options = null)
    {
        test.RequireScorable(classCounts, neighbours.Dimensions, nameof(test));
        return [.. Votes(test.Values, options).Select(Result)];

        KnnResult Result(KnnScores scores)
        {
            using (scores) return new KnnResult(scores.K, scores.Weighted, Accuracy.Of(scores.ClassScores, test.Labels));
        }
    }

    /// <summary>Computes the votes of the neighbours of M rows. All k share the cosines.</summary>
    /// <param name="queries">(M, D) float32; borrowed.</param>
    /// <param name="options">The values of k, and the temperature; null for the defaults.</param>
    /// <returns>
    /// The scores for each k in the order of the options: weighted, then unweighted. Owned by the caller, who disposes them.
    /// </returns>
    /// <exception cref="ArgumentException">The rows have another D, or an option is out of range.</exception>
    /// <exception cref="InvalidDataException">A feature is not finite.</exception>
    public IReadOnlyList<KnnScores> Score(Tensor queries, KnnOptions? options = null) => [.. Votes(queries, options)];

    /// <summary>The scores of <see cref="Score"/>, one after the other: each has M · C numbers of 8 bytes.</summary>
    internal IEnumerable<KnnScores> Votes(Tensor queries, KnnOptions? options)
    {
        options = (options ?? new()).Checked();
        var (cosines, voters) = Nearest(queries, options.K.Max());
        using (cosines)
        using (voters)
        {
            foreach (int k in options.K)
                foreach (double? temperature in (double?[])[options.Temperature, null]) yield return Vote(cosines, voters, k, temperature);
        }
    }

    /// <summary>Finds the nearest rows of M queries, for <see cref="Vote"/>.</summary>
    /// <returns>(M, min(k, N)) float32 cosines and int64 labels, nearest first; owned by the caller.</returns>
    internal (Tensor Cosines, Tensor Labels) Nearest(Tensor queries, int k)
    {
        Features.RequireQueries(queries, neighbours.Dimensions, nameof(queries));
        var (cosines, rows) = neighbours.Find(queries, k, ranks);
        using (rows) return (cosines, labels[rows]);
    }

    /// <summary>The votes of the first k columns of <see cref="Nearest"/>: exp(cos / T), or 1 each if T is null.</summary>
    internal KnnScores Vote(Tensor cosines, Tensor voters, int k, double? temperature)
    {
        using var scope = NewDisposeScope();
        long columns = Math.Min(k, cosines.shape[1]);
        // Divided by the nearest neighbour's vote, no vote overflows at any temperature.
        var votes = temperature is { } t
            ? cosines.narrow(1, 0, columns).to(ScalarType.Float64).sub_(cosines.narrow(1, 0, 1)).div_(t).exp_()
            : ones(1, 1, ScalarType.Float64, cosines.device).expand(cosines.shape[0], columns);
        var sums = zeros(cosines.shape[0], classCounts.Length, ScalarType.Float64, cosines.device)
            .scatter_add_(1, voters.narrow(1, 0, columns), votes);
        return new KnnScores(k, temperature is not null, sums.log_().MoveToOuterDisposeScope());
    }

    /// <summary>Frees the copy of the training features.</summary>
    public void Dispose()
    {
        neighbours.Dispose();
        labels.Dispose();
    }
}
