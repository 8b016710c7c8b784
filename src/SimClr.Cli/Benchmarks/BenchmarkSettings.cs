namespace SimClr.Cli.Benchmarks;

/// <summary>What all benchmarks share.</summary>
/// <param name="Threads">Of the arithmetic and of the loader.</param>
/// <param name="Quick">Whether the figures need only be there, not be good.</param>
/// <param name="Images">Borrowed.</param>
internal sealed record BenchmarkSettings(int Threads, bool Quick, BenchmarkImages Images)
{
    /// <summary>Seconds that a benchmark is repeated for.</summary>
    public double Seconds => Quick ? 0.05 : 1.5;

    /// <summary>How often it is repeated at least, after a run to warm up: what takes longer than a second averages the noise by itself.</summary>
    public int Repetitions => Quick ? 1 : 2;
}
