namespace SimClr.Losses;

/// <summary>What is known of every row of S, by row of u. E is exp(S − 1/τ); the anchor itself counts nowhere.</summary>
internal sealed class SimilarityRows(int rows)
{
    /// <summary>Σₖ Eᵢₖ.</summary>
    public double[] Sum { get; } = new double[rows];

    /// <summary>Σₖ Eᵢₖ log Eᵢₖ.</summary>
    public double[] WeightedLog { get; } = new double[rows];

    /// <summary>The cosine of the positive.</summary>
    public float[] Positive { get; } = new float[rows + SimilarityTile.Lanes];

    /// <summary>The cosine from which on a candidate is as near as the positive: below it by what rounding does (<see cref="Rounding"/>).</summary>
    public float[] Level { get; } = new float[rows + SimilarityTile.Lanes];

    /// <summary>1/Σₖ Eᵢₖ.</summary>
    public float[] Inverse { get; } = new float[rows + SimilarityTile.Lanes];

    /// <summary>How many candidates are as near as the positive or nearer, itself among them.</summary>
    public int[] Reaching { get; } = new int[rows];
}
