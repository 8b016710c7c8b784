namespace SimClr.Pretraining;

/// <summary>
/// Negatives from earlier batches: projections of a slowly moving copy of the network, the memory of SimCLR v2 (§2, after MoCo, He et
/// al. 2020), whose code was never published. The paper gains about 1 % by it at batches of 4,096; a short run with a small batch lost by it (docs/results.md).
/// </summary>
public sealed record MemoryBankOptions
{
    /// <summary>K, projections that are kept, the oldest leaving first, at least 0. Default 0: no memory; SimCLR v2 has 65,536.</summary>
    public int Size { get; init; }

    /// <summary>m of the copy's θ′ ← m θ′ + (1 − m) θ after every step, in [0, 1). Default 0.999 (SimCLR v2).</summary>
    public double Momentum { get; init; } = 0.999;

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside; the message names it.</exception>
    public void Validate()
    {
        if (Size is < 0 or > 1 << 24) throw new ArgumentOutOfRangeException(nameof(Size), Size, "The memory holds 0 to 16777216 projections.");
        if (!(Momentum is >= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(Momentum), Momentum, "The memory's momentum must lie in [0, 1).");
    }
}
