namespace SimClr.Cli.Benchmarks;

/// <summary>The settings that all benchmarks share.</summary>
/// <param name="Threads">Of the arithmetic and of the loader.</param>
/// <param name="Quick">Whether the figures need only be there, not be good.</param>
/// <param name="Images">Borrowed.</param>
internal sealed record BenchmarkSettings(int Threads, bool Quick, BenchmarkImages Images)
{
    /// <summary>Seconds that a benchmark is repeated for.</summary>
    public double Seconds => Quick ? 0.05 : 1.5;

    /// <summary>Repetitions at least, after one to warm up: a run longer than a second averages the noise by itself.</summary>
    public int Repetitions => Quick ? 1 : 2;
}
