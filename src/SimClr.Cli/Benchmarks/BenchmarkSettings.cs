namespace SimClr.Cli.Benchmarks;

/// <summary>The settings that all benchmarks share.</summary>
/// <param name="Threads">Threads of the arithmetic and of the loader.</param>
/// <param name="Quick">Whether rough figures are enough.</param>
/// <param name="Images">The images of all benchmarks; borrowed.</param>
internal sealed record BenchmarkSettings(int Threads, bool Quick, BenchmarkImages Images)
{
    /// <summary>How long a benchmark is repeated, in seconds.</summary>
    public double Seconds => Quick ? 0.05 : 1.5;

    /// <summary>How long it runs first, at least once, without being measured, in seconds. Most: for <see cref="WarmUpRuns"/>.</summary>
    public (double Least, double Most) WarmUpSeconds => Quick ? (0, 0) : (1, 8);

    /// <summary>How often it runs first: .NET optimises a method that has been called often, not one that takes long.</summary>
    public const int WarmUpRuns = 5;

    /// <summary>The fewest repetitions. A run longer than a second averages the noise by itself.</summary>
    public int Repetitions => Quick ? 1 : 2;
}
