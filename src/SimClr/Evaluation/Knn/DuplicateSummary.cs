using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>
/// All near-duplicates among some rows: the number of pairs, the most similar pairs, and the groups that the pairs connect.
/// </summary>
/// <param name="Threshold">The smallest cosine of a pair, in [−1, 1].</param>
/// <param name="Compared">N, the number of rows.</param>
/// <param name="Counts">The number of pairs of each kind, by the kind's name in ordinal order.</param>
/// <param name="Groups">The number of groups of two or more rows connected by pairs.</param>
/// <param name="Redundant">The number of rows to remove so that each group keeps one.</param>
/// <param name="MostSimilar">The pairs with the highest cosines, highest first; of equal ones, the pair with the lower rows.</param>
public sealed record DuplicateSummary(
    double Threshold, int Compared, IReadOnlyDictionary<string, long> Counts, int Groups, int Redundant,
    IReadOnlyList<SimilarPair> MostSimilar)
{
    /// <summary>The number of all pairs.</summary>
    public long Pairs { get; } = Counts.Values.Sum();

    /// <summary>
    /// Compares all rows (<see cref="NearDuplicates"/>). Memory grows with the number of rows and listed pairs, not with the pairs found.
    /// </summary>
    /// <param name="values">(N, D) float32, on the CPU; borrowed.</param>
    /// <param name="threshold">The smallest cosine of a pair, in [−1, 1].</param>
    /// <param name="most">The largest number of listed pairs, at least 1.</param>
    /// <param name="kindOf">The kind of a pair, for counting; for example <c>train – test</c>.</param>
    /// <param name="messages">Receives progress.</param>
    /// <exception cref="ArgumentException">
    /// As for <see cref="NearDuplicates.Pairs(Tensor, double)"/>, or <paramref name="most"/> is less than 1.
    /// </exception>
    public static DuplicateSummary Of(Tensor values, double threshold, int most, Func<SimilarPair, string> kindOf, IMessages messages)
    {
        Features.RequireMatrix(values, nameof(values));
        Features.RequireFinite(values);
        return Of(new TensorRows(values), threshold, most, kindOf, messages);
    }

    /// <summary>Compares all rows, which need not fit into memory.</summary>
    /// <param name="rows">On the CPU; borrowed.</param>
    /// <param name="threshold">The smallest cosine of a pair, in [−1, 1].</param>
    /// <param name="most">The largest number of listed pairs, at least 1.</param>
    /// <param name="kindOf">The kind of a pair, for counting.</param>
    /// <param name="messages">Receives progress.</param>
    /// <exception cref="ArgumentException">The threshold or <paramref name="most"/> is out of range.</exception>
    /// <exception cref="InvalidDataException">A value is not finite.</exception>
    /// <exception cref="IOException">The rows cannot be read.</exception>
    public static DuplicateSummary Of(
        IFeatureRows rows, double threshold, int most, Func<SimilarPair, string> kindOf, IMessages messages)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        ArgumentNullException.ThrowIfNull(messages);
        int count = rows.Count;
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        int[] parent = [.. Enumerable.Range(0, count)]; // a disjoint-set forest
        var nearest = new PriorityQueue<SimilarPair, (float, int, int)>(); // the least similar pair first: a more similar one replaces it
        _ = messages.Progress("images compared", count, report =>
        {
            foreach (var pair in NearDuplicates.Pairs(rows, threshold, share => report((int)(share * count), "")))
            {
                string kind = kindOf(pair);
                counts[kind] = counts.GetValueOrDefault(kind) + 1;
                parent[Root(parent, pair.Second)] = Root(parent, pair.First);
                var rank = (pair.Cosine, -pair.First, -pair.Second);
                if (nearest.Count < most) nearest.Enqueue(pair, rank);
                else _ = nearest.EnqueueDequeue(pair, rank);
            }
            return 0;
        });
        int[] redundant = [.. Enumerable.Range(0, count).Where(row => parent[row] != row)];
        return new DuplicateSummary(
            threshold, count, counts, redundant.Select(row => Root(parent, row)).Distinct().Count(), redundant.Length,
            [.. nearest.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => item.Element)]);
    }

    // Path halving.
    private static int Root(int[] parent, int row)
    {
        while (parent[row] != row) row = parent[row] = parent[parent[row]];
        return row;
    }
}
