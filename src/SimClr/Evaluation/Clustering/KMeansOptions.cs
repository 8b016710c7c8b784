namespace SimClr.Evaluation;

/// <summary>Options of the clustering.</summary>
public sealed record KMeansOptions
{
    /// <summary>K, in [1, N].</summary>
    public required int Clusters { get; init; }

    /// <summary>Determines the initial centres. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>The largest number of rounds of Lloyd's iteration, at least 1. Default 300 (scikit-learn's).</summary>
    public int MaxIterations { get; init; } = 300;

    internal void Check(long rows)
    {
        if (Clusters < 1 || Clusters > rows)
            throw new ArgumentException($"{rows} rows can be cut into 1 to {rows} clusters, not {Clusters}.");
        if (MaxIterations < 1) throw new ArgumentException($"k-means needs at least one iteration; MaxIterations is {MaxIterations}.");
    }
}
