namespace SimClr.Cli.Benchmarks;

/// <summary>One workload on a device, its inputs ready there: what <c>simclr bench-device</c> times.</summary>
internal interface IDeviceBenchmark : IDisposable
{
    /// <summary>Views or images that a run makes or takes; 0 where only the arithmetic is counted.</summary>
    double Units { get; }

    /// <summary>Multiplications and additions of a run; 0 where they are not what counts.</summary>
    double Flops { get; }

    /// <summary>Enqueues the work once.</summary>
    void Run();

    /// <summary>Waits until all of it is done.</summary>
    void Wait();
}
