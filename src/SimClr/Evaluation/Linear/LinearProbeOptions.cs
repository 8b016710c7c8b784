namespace SimClr.Evaluation;

/// <summary>How the linear evaluation chooses the strength of its penalty.</summary>
public sealed record LinearProbeOptions
{
    /// <summary>The strongest l2 that is tried, finite. Default 10: on standardised features the classifier is then close to the class priors.</summary>
    public double StrongestL2 { get; init; } = 10;

    /// <summary>The weakest l2 that is tried, above 0 and at most <see cref="StrongestL2"/>. Default 1e-6, as in SimCLR's appendix B.8.</summary>
    public double WeakestL2 { get; init; } = 1e-6;

    /// <summary>How many values are tried, spaced evenly in log l2, both ends included; at least 1 (then it is the strongest). Default 15: two a decade.</summary>
    public int L2Count { get; init; } = 15;

    /// <summary>
    /// The path ends early when so many values in a row have not raised the held-out accuracy; at least 1. Default 3:
    /// beyond the best l2 the classifier only overfits, and the weakest values are the slowest to fit.
    /// </summary>
    public int Patience { get; init; } = 3;

    /// <summary>The part of each class's training rows that l2 is chosen on, in (0, 1). Default 0.1.</summary>
    public double HeldOutFraction { get; init; } = 0.1;

    /// <summary>Which rows are held out is a function of this and the labels. Default 0.</summary>
    public int Seed { get; init; }

    /// <summary>At most so many iterations for each l2; at least 1. Default 1000; a fit that hits it is reported as not converged.</summary>
    public int MaxIterations { get; init; } = 1000;

    /// <summary>The values of l2, from strong to weak.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public IReadOnlyList<double> L2Path()
    {
        if (!(WeakestL2 > 0 && StrongestL2 >= WeakestL2 && double.IsFinite(StrongestL2)))
            throw new ArgumentException($"The path needs 0 < weakest l2 ≤ strongest l2; it goes from {StrongestL2} to {WeakestL2}.");
        if (L2Count < 1) throw new ArgumentException($"The path needs at least one l2; it has {L2Count}.");
        double ratio = Math.Log(WeakestL2 / StrongestL2);
        return [.. Enumerable.Range(0, L2Count).Select(i => i == 0 ? StrongestL2 : StrongestL2 * Math.Exp(ratio * i / (L2Count - 1)))];
    }

    internal LinearProbeOptions Checked()
    {
        _ = L2Path();
        if (!(HeldOutFraction is > 0 and < 1)) throw new ArgumentException($"The held-out fraction must be in (0, 1); it is {HeldOutFraction}.");
        if (Patience < 1) throw new ArgumentException($"The patience must be at least 1; it is {Patience}.");
        if (MaxIterations < 1) throw new ArgumentException($"At least one iteration is needed; the limit is {MaxIterations}.");
        return this;
    }
}
