namespace SimClr.Evaluation;

/// <summary>Options of a t-SNE map.</summary>
public sealed record TSneOptions
{
    /// <summary>
    /// The effective number of neighbours of a row, above 1; at most (M − 1)/3 is used. Default 30 (van der Maaten and Hinton 2008: 5 to
    /// 50).
    /// </summary>
    public double Perplexity { get; init; } = 30;

    /// <summary>Steps of gradient descent, at least <see cref="ExaggeratedIterations"/>. Default 750.</summary>
    public int Iterations { get; init; } = 750;

    /// <summary>
    /// The number of first steps in which the attraction is multiplied by <see cref="Exaggeration"/>, at least 0. Default 250.
    /// </summary>
    public int ExaggeratedIterations { get; init; } = 250;

    /// <summary>
    /// The factor on the attraction in these steps, at least 1: clusters form while there is room. Default 12 (van der Maaten 2014).
    /// </summary>
    public double Exaggeration { get; init; } = 12;

    /// <summary>The number of principal components for the distances, at least 1. Default 50 (van der Maaten and Hinton 2008).</summary>
    public int Components { get; init; } = 50;

    /// <summary>Determines the noise on the starting points. Default 0.</summary>
    public long Seed { get; init; }

    internal TSneOptions Checked()
    {
        Require(Perplexity > 1 && double.IsFinite(Perplexity), nameof(Perplexity), Perplexity, "above 1");
        Require(ExaggeratedIterations >= 0, nameof(ExaggeratedIterations), ExaggeratedIterations, "at least 0");
        Require(Iterations >= Math.Max(1, ExaggeratedIterations), nameof(Iterations), Iterations,
            $"at least {Math.Max(1, ExaggeratedIterations)}");
        Require(Exaggeration >= 1 && double.IsFinite(Exaggeration), nameof(Exaggeration), Exaggeration, "at least 1");
        Require(Components >= 1, nameof(Components), Components, "at least 1");
        return this;
    }

    private static void Require(bool good, string name, object value, string range)
    {
        if (!good) throw new ArgumentOutOfRangeException(name, value, $"{name} must be {range}; it is {value}.");
    }
}
