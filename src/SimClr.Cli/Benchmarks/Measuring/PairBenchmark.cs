namespace SimClr.Cli.Benchmarks;

/// <summary>Two workloads in turns, so that whatever else the machine does meets both: how fast the first is as a share of the second.</summary>
/// <param name="first">Owned from here on, as is the other.</param>
/// <param name="second">The one that is 1.</param>
internal sealed class PairBenchmark(IBenchmark first, IBenchmark second) : IBenchmark
{
    /// <summary>Pairs that are measured.</summary>
    public const int Pairs = 10;

    public double Units => first.Units;

    public IBenchmark First => first;

    public IBenchmark Second => second;

    /// <summary>The time of the first where it costs no more than the second.</summary>
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
