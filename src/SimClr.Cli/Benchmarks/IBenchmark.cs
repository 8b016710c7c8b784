namespace SimClr.Cli.Benchmarks;

/// <summary>One workload, its inputs ready: what <c>simclr bench</c> times.</summary>
internal interface IBenchmark : IDisposable
{
    /// <summary>Views or images that a run makes or takes; 1 where the run itself is what is timed.</summary>
    double Units { get; }

    /// <summary>Seconds that a run takes at least, by its arithmetic and bytes, on a machine that does nothing but these at its peak (docs/speed.md).</summary>
    double Floor(MachinePeaks peaks);

    /// <summary>Does the work once.</summary>
    void Run();
}
