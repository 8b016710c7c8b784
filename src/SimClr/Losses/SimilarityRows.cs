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

    /// <summary>1/Σₖ Eᵢₖ.</summary>
    public float[] Inverse { get; } = new float[rows + SimilarityTile.Lanes];

    /// <summary>How many candidates are nearer than the positive.</summary>
    public int[] Above { get; } = new int[rows];
}
