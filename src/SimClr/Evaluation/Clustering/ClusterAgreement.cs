namespace SimClr.Evaluation;

/// <summary>The agreement of clusters, found without labels, with the labels.</summary>
/// <param name="Purity">
/// The share of rows that have the most frequent label of their cluster, in (0, 1]. It rises with the number of clusters.
/// </param>
/// <param name="NormalizedMutualInformation">
/// Mutual information divided by the arithmetic mean of the two entropies, in [0, 1] (scikit-learn's default). 1 if both have a single
/// group.
/// </param>
public sealed record ClusterAgreement(double Purity, double NormalizedMutualInformation)
{
    /// <summary>Compares clusters with labels.</summary>
    /// <param name="clusters">The cluster of each row, at least 0.</param>
    /// <param name="labels">The label of each row; rows with −1 are left out.</param>
    /// <exception cref="ArgumentException">The numbers of rows differ, or no row has a label.</exception>
    public static ClusterAgreement Of(IReadOnlyList<int> clusters, IReadOnlyList<int> labels)
    {
        if (clusters.Count != labels.Count)
            throw new ArgumentException(
                $"Every row needs a cluster and a label; there are {clusters.Count} and {labels.Count}.", nameof(labels));
        var rows = clusters.Zip(labels).Where(row => row.Second >= 0).ToList();
        if (rows.Count == 0) throw new ArgumentException("No row has a label.", nameof(labels));

        var joint = rows.CountBy(row => row).ToList();
        var ofCluster = rows.CountBy(row => row.First).ToDictionary();
        var ofLabel = rows.CountBy(row => row.Second).ToDictionary();
        double n = rows.Count;
        double mutual =
            joint.Sum(cell => cell.Value / n * Math.Log(cell.Value * n / ((double)ofCluster[cell.Key.First] * ofLabel[cell.Key.Second])));
        double mean = (Entropy(ofCluster.Values, n) + Entropy(ofLabel.Values, n)) / 2;
        return new ClusterAgreement(
            joint.GroupBy(cell => cell.Key.First).Sum(cluster => cluster.Max(cell => cell.Value)) / n,
            mean == 0 ? 1 : Math.Clamp(mutual / mean, 0, 1));
    }

    private static double Entropy(IEnumerable<int> counts, double n) => -counts.Sum(c => c / n * Math.Log(c / n));
}
