namespace SimClr.Cli.Benchmarks;

/// <summary>
/// Two workloads that run in turns, so that other load on the machine affects both: the speed of the first as a share of the second.
/// </summary>
/// <param name="first">Owned by this object, as is <paramref name="second"/>.</param>
/// <param name="second">The workload whose speed counts as 1.</param>
internal sealed class PairBenchmark(IBenchmark first, IBenchmark second) : IBenchmark
{
    /// <summary>The number of pairs to measure.</summary>
    public const int Pairs = 10;

    public double Units => first.Units;

    public IBenchmark First => first;

    public IBenchmark Second => second;

    /// <summary>The time of the first if it took no longer than the second.</summary>
    public double Floor(MachinePeaks peaks) => 1;

    public void Run()
    {
        first.Run();
        second.Run();
    }

    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
    }
}
