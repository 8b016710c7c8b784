using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>A matrix that is filled from its first row on, in the memory that it will need: no part of it is ever there twice.</summary>
/// <param name="most">Rows that it may get, at least 1.</param>
internal sealed class RowAccumulator(long most) : IDisposable
{
    private Tensor? all; // (most, D), on the CPU; what is not written takes no memory
    private long count;

    /// <summary>Appends rows.</summary>
    /// <param name="rows">(R, D), of the type and D of the first ones; borrowed, on any device.</param>
    public void Add(Tensor rows)
    {
        all ??= empty(most, rows.shape[1], rows.dtype).DetachFromDisposeScope();
        using var place = all.narrow(0, count, rows.shape[0]);
        place.copy_(rows);
        count += rows.shape[0];
    }

    /// <summary>(M, D): what was appended, at least one row. The caller's; nothing may be appended any more.</summary>
    public Tensor Taken()
    {
        var whole = all ?? throw new InvalidOperationException("No row was appended.");
        all = null;
        if (count == most) return whole;
        using (whole) return whole.narrow(0, 0, count).DetachFromDisposeScope();
    }

    /// <summary>Frees what was not taken.</summary>
    public void Dispose() => all?.Dispose();
}
