using System.Diagnostics;
using SimClr.Losses;

namespace SimClr.Cli.Benchmarks;

/// <summary>NT-Xent that notes when it begins and when it ends, each time with the device at rest.</summary>
internal sealed class TimedLoss(double temperature, Action wait) : IContrastiveLoss
{
    private readonly NtXentLoss loss = new(temperature);

    public string Name => loss.Name;

    public bool TakesSmallCrops => loss.TakesSmallCrops;

    public bool CanEnqueue => false;

    /// <summary>The time stamp of the last begin.</summary>
    public long Began { get; private set; }

    /// <summary>The time stamp of the last end.</summary>
    public long Ended { get; private set; }

    public LossResult Compute(ProjectionBatch batch)
    {
        wait();
        Began = Stopwatch.GetTimestamp();
        var result = loss.Compute(batch);
        wait();
        Ended = Stopwatch.GetTimestamp();
        return result;
    }
}
