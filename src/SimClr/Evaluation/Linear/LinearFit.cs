namespace SimClr.Evaluation;

/// <summary>A linear classifier that was fitted without using the test set. Frees its tensors when disposed.</summary>
/// <param name="Classifier">Fitted to all training rows; owned by this object.</param>
/// <param name="L2">The penalty that was chosen on the held-out training rows.</param>
/// <param name="HeldOutTop1">The top-1 accuracy there, in [0, 1]: the best of the path, so slightly optimistic.</param>
/// <param name="Iterations">The iterations of the last search.</param>
/// <param name="Converged">Whether every search, those of the path and the last one, reached its optimum.</param>
public sealed record LinearFit(LinearClassifier Classifier, double L2, double HeldOutTop1, int Iterations, bool Converged) : IDisposable
{
    /// <summary>Frees the classifier.</summary>
    public void Dispose() => Classifier.Dispose();
}
