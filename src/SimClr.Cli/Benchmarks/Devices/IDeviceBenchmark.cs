namespace SimClr.Cli.Benchmarks;

/// <summary>A workload on a device, with its inputs ready there: <c>simclr bench-device</c> measures its time.</summary>
internal interface IDeviceBenchmark : IDisposable
{
    /// <summary>The views or images of a run; 0 if only the arithmetic counts.</summary>
    double Units { get; }

    /// <summary>The multiplications and additions of a run; 0 if they do not count.</summary>
    double Flops { get; }

    /// <summary>Enqueues the work once.</summary>
    void Run();

    /// <summary>Waits until all of the work is done.</summary>
    void Wait();
}
