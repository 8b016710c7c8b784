using System.Runtime.ExceptionServices;
using SimClr.Loading;

namespace SimClr.Runs;

/// <summary>
/// Batches that end when the next one cannot be made. So the training up to there is kept, and all ranks end after the same step.
/// </summary>
/// <param name="batches">From a loader.</param>
public sealed class BatchesBeforeFailure(IEnumerable<ViewBatch> batches)
{
    /// <summary>The failure that ended them; null if there was none.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The batches, once.</summary>
    public IEnumerable<ViewBatch> All()
    {
        using var enumerator = batches.GetEnumerator();
        while (MoveNext(enumerator)) yield return enumerator.Current;
    }

    /// <summary>Throws the failure, with its stack.</summary>
    public void ThrowIfFailed()
    {
        if (Failure is not null) ExceptionDispatchInfo.Throw(Failure);
    }

    private bool MoveNext(IEnumerator<ViewBatch> enumerator)
    {
        try
        {
            return enumerator.MoveNext();
        }
        catch (Exception e) // thrown later by the trainer
        {
            Failure = e;
            return false;
        }
    }
}
