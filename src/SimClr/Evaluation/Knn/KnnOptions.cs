namespace SimClr.Evaluation;

/// <summary>Options of the kNN vote.</summary>
public sealed record KnnOptions
{
    /// <summary>The values of k, each at least 1. If the training set is smaller than k, all of it votes. Default 10, 20, 200.</summary>
    public IReadOnlyList<int> K { get; init; } = [10, 20, 200];

    /// <summary>T of the weighted vote exp(cos / T), above 0. Default 0.07 (Wu et al. 2018, section 3.4).</summary>
    public double Temperature { get; init; } = 0.07;

    internal KnnOptions Checked()
    {
        if (K.Count == 0 || K.Any(k => k < 1))
            throw new ArgumentException($"Every k must be at least 1, and one is needed; they are [{string.Join(", ", K)}].");
        if (!(Temperature > 0 && double.IsFinite(Temperature)))
            throw new ArgumentException($"The temperature of the vote must be above 0; it is {Temperature}.");
        return this;
    }
}
