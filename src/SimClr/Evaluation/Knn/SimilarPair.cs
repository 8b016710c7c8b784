namespace SimClr.Evaluation;

/// <summary>Two rows that look alike.</summary>
/// <param name="First">The lower row.</param>
/// <param name="Second">The higher row.</param>
/// <param name="Cosine">Of their features, in [−1, 1].</param>
public readonly record struct SimilarPair(int First, int Second, float Cosine);
