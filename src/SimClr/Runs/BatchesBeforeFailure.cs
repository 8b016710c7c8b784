using System.Runtime.ExceptionServices;
using SimClr.Loading;

namespace SimClr.Runs;

/// <summary>Batches that end where the next one cannot be made, so that what was trained until then is kept and all ranks end after the same step.</summary>
/// <param name="batches">From a loader.</param>
public sealed class BatchesBeforeFailure(IEnumerable<ViewBatch> batches)
{
    /// <summary>Why they ended early; null where they did not.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The batches, once.</summary>
    public IEnumerable<ViewBatch> All()
    {
        using var enumerator = batches.GetEnumerator();
        while (MoveNext(enumerator)) yield return enumerator.Current;
    }

    /// <summary>Throws what ended them, with its stack.</summary>
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
        catch (Exception e) // whoever trains throws it
        {
            Failure = e;
            return false;
        }
    }
}
