namespace SimClr.Evaluation;

/// <summary>What training a linear classifier step by step gave, without a look at the test set. Frees its tensors when disposed.</summary>
/// <param name="Last">After the last pass over all training rows: the protocol's result. Owned by this.</param>
/// <param name="Best">After the pass that was best on the held-out rows, learned from the others. Owned by this.</param>
/// <param name="BestEpoch">That pass, from 1; the first of equals.</param>
/// <param name="HeldOutTop1">Top-1 of <paramref name="Best"/> on the held-out training rows, in [0, 1]: the best of all passes, so a little high.</param>
public sealed record LinearSgdFit(LinearClassifier Last, LinearClassifier Best, int BestEpoch, double HeldOutTop1) : IDisposable
{
    /// <summary>Frees both classifiers.</summary>
    public void Dispose()
    {
        Last.Dispose();
        Best.Dispose();
    }
}
