namespace SimClr.Evaluation;

/// <summary>Two similar rows.</summary>
/// <param name="First">The lower row.</param>
/// <param name="Second">The higher row.</param>
/// <param name="Cosine">The cosine of their features, in [−1, 1].</param>
public readonly record struct SimilarPair(int First, int Second, float Cosine);
