using SimClr.Randomness;
using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>
/// t-SNE (van der Maaten and Hinton 2008): a map that keeps near rows near. Exact: every step uses all M² pairs. It needs 4 M² bytes and
/// takes seconds for a few thousand rows.
/// </summary>
/// <remarks>
/// The map starts from the first two principal components, which keeps the large-scale structure (Kobak and Berens 2019), scaled to a
/// deviation of 10⁻⁴, plus a hundredth of that as noise. The learning rate is max(50, M/(4·exaggeration)); the momentum is 0.5, then 0.8,
/// with a gain for every coordinate, as in scikit-learn. The same rows, options and machine give the same map.
/// </remarks>
public static class TSne
{
    private const int FewestRows = 5, MostRows = 46_340, DivergenceEvery = 50; // MostRows has fewer than 2³¹ pairs
    private const double StartDeviation = 1e-4, Noise = 1e-6;

    /// <summary>Makes the map of M rows from their Euclidean distances.</summary>
    /// <param name="values">(M, D) float32, M from 5 to 46,340; borrowed. For cosines, first scale the rows to unit length.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentException">
    /// The values have another shape or dtype, there are too few or too many rows, or an option is out of range.
    /// </exception>
    /// <exception cref="InvalidDataException">A value is not finite.</exception>
    public static TSneMap Fit(Tensor values, TSneOptions? options = null)
    {
        options = (options ?? new()).Checked();
        Features.RequireMatrix(values, nameof(values));
        if (values.shape[0] > MostRows)
            throw new ArgumentException($"A map of all pairs has at most {MostRows} rows; there are {values.shape[0]}.", nameof(values));
        int count = (int)values.shape[0];
        if (count < FewestRows) throw new ArgumentException($"A map needs at least {FewestRows} rows; there are {count}.", nameof(values));

        using var rows = PrincipalComponents.Project(values, options.Components);                       // (M, d)
        var points = new TSneDescent(count, TSneAffinities.Joint(rows, Math.Min(options.Perplexity, (count - 1) / 3.0)));
        Place(points, rows, options.Seed);

        double rate = Math.Max(50, count / (4 * options.Exaggeration));
        var divergence = new List<double> { points.Divergence() };
        for (int i = 0; i < options.Iterations; i++)
        {
            bool exaggerated = i < options.ExaggeratedIterations;
            points.Step((float)rate, exaggerated ? 0.5f : 0.8f, exaggerated ? (float)options.Exaggeration : 1);
            if ((i + 1) % DivergenceEvery == 0 || i + 1 == options.Iterations) divergence.Add(points.Divergence());
        }
        return new TSneMap(points.X, points.Y, divergence);
    }

    private static void Place(TSneDescent points, Tensor rows, long seed)
    {
        using var scope = NewDisposeScope();
        var random = CounterRandom.For(seed, RandomPurpose.MapNoise, 0);
        var deviation = rows.narrow(1, 0, 1).square().mean().sqrt().item<double>();
        double scale = deviation > 0 ? StartDeviation / deviation : 0;
        double[] first = rows[.., 0].contiguous().data<double>().ToArray(),
            second = rows.shape[1] > 1 ? rows[.., 1].contiguous().data<double>().ToArray() : new double[points.Count];
        for (int i = 0; i < points.Count; i++)
        {
            points.X[i] = (float)(scale * first[i] + random.Uniform(-Noise, Noise));
            points.Y[i] = (float)(scale * second[i] + random.Uniform(-Noise, Noise));
        }
    }
}
