using SimClr.Loading;

namespace SimClr.Pretraining;

/// <summary>Enumerates view batches and frees each when the next one is taken.</summary>
/// <param name="batches">Owned by this object once enumerated.</param>
internal sealed class BatchCursor(IEnumerable<ViewBatch> batches) : IDisposable
{
    private readonly IEnumerator<ViewBatch> enumerator = batches.GetEnumerator();
    private ViewBatch? current;

    /// <summary>The current batch; borrowed until the next one is taken.</summary>
    public ViewBatch Current => current!;

    /// <summary>Takes the next batch.</summary>
    public bool MoveNext()
    {
        current?.Dispose();
        current = null;
        if (!enumerator.MoveNext()) return false;
        current = enumerator.Current;
        return true;
    }

    public void Dispose()
    {
        current?.Dispose();
        enumerator.Dispose();
    }
}
