namespace SimClr.Evaluation;

/// <summary>Options of the linear evaluation: how the penalty is chosen.</summary>
public sealed record LinearProbeOptions
{
    /// <summary>
    /// The strongest l2 of the path, finite. Default 10: on standardised features, the classifier is then close to the class priors.
    /// </summary>
    public double StrongestL2 { get; init; } = 10;

    /// <summary>
    /// The weakest l2 of the path, above 0 and at most <see cref="StrongestL2"/>. Default 1e-6, as in SimCLR's appendix B.8.
    /// </summary>
    public double WeakestL2 { get; init; } = 1e-6;

    /// <summary>
    /// The number of values, evenly spaced in log l2, including both ends; at least 1 (then only the strongest). Default 15: two per
    /// decade.
    /// </summary>
    public int L2Count { get; init; } = 15;

    /// <summary>
    /// The path ends early if this many consecutive values do not raise the held-out accuracy; at least 1. Default 3: beyond the best l2
    /// the classifier only overfits, and the weakest values take longest to fit. Values are counted from the first that is better than the
    /// most frequent class for every row: with rare classes the strong values predict nothing else.
    /// </summary>
    public int Patience { get; init; } = 3;

    /// <summary>The share of each class's training rows that l2 is chosen on, in (0, 1). Default 0.1.</summary>
    public double HeldOutFraction { get; init; } = 0.1;

    /// <summary>The seed. Together with the labels it determines which rows are held out. Default 0.</summary>
    public int Seed { get; init; }

    /// <summary>
    /// The largest number of iterations for each l2; at least 1. Default 1000. A fit that reaches it is reported as not converged.
    /// </summary>
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
        if (!(HeldOutFraction is > 0 and < 1))
            throw new ArgumentException($"The held-out fraction must be in (0, 1); it is {HeldOutFraction}.");
        if (Patience < 1) throw new ArgumentException($"The patience must be at least 1; it is {Patience}.");
        if (MaxIterations < 1) throw new ArgumentException($"At least one iteration is needed; the limit is {MaxIterations}.");
        return this;
    }
}
