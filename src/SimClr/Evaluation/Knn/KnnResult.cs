namespace SimClr.Evaluation;

/// <summary>One row of a kNN table.</summary>
/// <param name="K">The requested k; min(K, N) neighbours voted.</param>
/// <param name="Weighted">Whether a vote is exp(cos / T) instead of 1.</param>
/// <param name="Accuracy">The accuracy on the test features.</param>
public sealed record KnnResult(int K, bool Weighted, Accuracy Accuracy);
