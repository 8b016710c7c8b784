using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>A matrix that is filled from its first row on, in its final memory: no row is ever stored twice.</summary>
/// <param name="most">The largest number of rows, at least 1.</param>
internal sealed class RowAccumulator(long most) : IDisposable
{
    private Tensor? all; // (most, D), on the CPU; unwritten pages take no memory
    private long count;

    /// <summary>Appends rows.</summary>
    /// <param name="rows">(R, D), with the dtype and D of the first ones; borrowed, on any device.</param>
    public void Add(Tensor rows)
    {
        all ??= empty(most, rows.shape[1], rows.dtype).DetachFromDisposeScope();
        using var place = all.narrow(0, count, rows.shape[0]);
        place.copy_(rows);
        count += rows.shape[0];
    }

    /// <summary>(M, D): the appended rows, at least one. Owned by the caller. Nothing may be appended afterwards.</summary>
    public Tensor Taken()
    {
        var whole = all ?? throw new InvalidOperationException("No row was appended.");
        all = null;
        if (count == most) return whole;
        using (whole) return whole.narrow(0, 0, count).DetachFromDisposeScope();
    }

    /// <summary>Frees the memory if it was not taken.</summary>
    public void Dispose() => all?.Dispose();
}
