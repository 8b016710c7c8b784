namespace SimClr.Losses;

/// <summary>The sums of every row of S, by row of u. E is exp(S − 1/τ). The anchor itself is left out everywhere.</summary>
internal sealed class SimilarityRows(int rows)
{
    /// <summary>Σₖ Eᵢₖ.</summary>
    public double[] Sum { get; } = new double[rows];

    /// <summary>Σₖ Eᵢₖ log Eᵢₖ.</summary>
    public double[] WeightedLog { get; } = new double[rows];

    /// <summary>The cosine of the positive.</summary>
    public float[] Positive { get; } = new float[rows + SimilarityTile.Lanes];

    /// <summary>
    /// A candidate with at least this cosine is as near as the positive: the positive's cosine minus the rounding error
    /// (<see cref="Rounding"/>).
    /// </summary>
    public float[] Level { get; } = new float[rows + SimilarityTile.Lanes];

    /// <summary>1/Σₖ Eᵢₖ.</summary>
    public float[] Inverse { get; } = new float[rows + SimilarityTile.Lanes];

    /// <summary>The number of candidates as near as the positive or nearer, including the positive.</summary>
    public int[] Reaching { get; } = new int[rows];
}
