using SimClr.Loading;

namespace SimClr.Pretraining;

/// <summary>View batches one after the other, each freed when the next is taken.</summary>
/// <param name="batches">Owned by this from when they are enumerated.</param>
internal sealed class BatchCursor(IEnumerable<ViewBatch> batches) : IDisposable
{
    private readonly IEnumerator<ViewBatch> enumerator = batches.GetEnumerator();
    private ViewBatch? current;

    /// <summary>Borrowed until the next is taken.</summary>
    public ViewBatch Current => current!;

    /// <summary>Takes the next one.</summary>
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
