namespace SimClr.Cli.Benchmarks;

/// <summary>A workload with its inputs ready: <c>simclr bench</c> measures its time.</summary>
internal interface IBenchmark : IDisposable
{
    /// <summary>The views or images of a run; 1 if the time of the run itself is the figure.</summary>
    double Units { get; }

    /// <summary>
    /// The least time of a run, in seconds: its arithmetic and its bytes on a machine that does nothing else and reaches its peaks
    /// (docs/speed.md).
    /// </summary>
    double Floor(MachinePeaks peaks);

    /// <summary>Does the work once.</summary>
    void Run();
}
