namespace SimClr.Evaluation;

/// <summary>One row of a kNN table.</summary>
/// <param name="K">As asked for; min(K, N) neighbours voted.</param>
/// <param name="Weighted">Votes of exp(cos / T); else one each.</param>
/// <param name="Accuracy">On the test features.</param>
public sealed record KnnResult(int K, bool Weighted, Accuracy Accuracy);
