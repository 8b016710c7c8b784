namespace SimClr.Evaluation;

/// <summary>The result of training a linear classifier with SGD, without using the test set. Frees its tensors when disposed.</summary>
/// <param name="Last">The classifier after the last epoch on all training rows: the protocol's result. Owned by this object.</param>
/// <param name="Best">
/// The classifier after the epoch that was best on the held-out rows, trained on the others. Owned by this object.
/// </param>
/// <param name="BestEpoch">That epoch, from 1; the first of equal ones.</param>
/// <param name="HeldOutTop1">
/// The top-1 accuracy of <paramref name="Best"/> on the held-out training rows, in [0, 1]: the best of all epochs, so slightly optimistic.
/// </param>
public sealed record LinearSgdFit(LinearClassifier Last, LinearClassifier Best, int BestEpoch, double HeldOutTop1) : IDisposable
{
    /// <summary>Frees both classifiers.</summary>
    public void Dispose()
    {
        Last.Dispose();
        Best.Dispose();
    }
}
