namespace SimClr.Evaluation;

/// <summary>A linear classifier that was learned without a look at the test set. Frees its tensors when disposed.</summary>
/// <param name="Classifier">Fitted to all training rows; owned by this.</param>
/// <param name="L2">The strength that was chosen on the held-out training rows.</param>
/// <param name="HeldOutTop1">Its top-1 there, in [0, 1]: the best of the path, so a little high.</param>
/// <param name="Iterations">Of the last search.</param>
/// <param name="Converged">Whether every search, the path's and the last, reached its optimum.</param>
public sealed record LinearFit(LinearClassifier Classifier, double L2, double HeldOutTop1, int Iterations, bool Converged) : IDisposable
{
    /// <summary>Frees the classifier.</summary>
    public void Dispose() => Classifier.Dispose();
}
