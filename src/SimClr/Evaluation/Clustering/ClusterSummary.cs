namespace SimClr.Evaluation;

/// <summary>One cluster of a <see cref="KMeansResult"/>: its rows and its most frequent class.</summary>
/// <param name="Rows">The rows of the cluster, nearest to the centre first; empty for a cluster without rows.</param>
/// <param name="MeanCosine">The mean cosine of the rows with the centre, in [−1, 1]; 0 without rows.</param>
/// <param name="Class">The most frequent class among the labelled rows; null if no row has a label.</param>
/// <param name="ClassShare">The share of the labelled rows with this class, in [0, 1]; 0 if none has a label.</param>
public sealed record ClusterSummary(IReadOnlyList<int> Rows, double MeanCosine, string? Class, double ClassShare)
{
    /// <summary>Summarizes every cluster, in the order of their numbers.</summary>
    /// <param name="result">Borrowed.</param>
    /// <param name="classOf">The class of a row; null for a row without a label.</param>
    public static IReadOnlyList<ClusterSummary> Of(KMeansResult result, Func<int, string?> classOf)
    {
        ArgumentNullException.ThrowIfNull(result);
        var rows = new List<int>[(int)result.Centres.shape[0]];
        for (int cluster = 0; cluster < rows.Length; cluster++) rows[cluster] = [];
        for (int row = 0; row < result.Clusters.Count; row++) rows[result.Clusters[row]].Add(row);
        return [.. rows.Select(own => Of([.. own.OrderByDescending(row => result.Cosines[row])], result, classOf))];
    }

    private static ClusterSummary Of(List<int> rows, KMeansResult result, Func<int, string?> classOf)
    {
        double mean = rows.Count == 0 ? 0 : rows.Average(row => (double)result.Cosines[row]);
        var classes = rows.Select(classOf).OfType<string>().CountBy(name => name).ToList();
        if (classes.Count == 0) return new ClusterSummary(rows, mean, null, 0);
        var most = classes.MaxBy(name => name.Value);
        return new ClusterSummary(rows, mean, most.Key, (double)most.Value / classes.Sum(name => name.Value));
    }
}
