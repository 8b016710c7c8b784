using System.Diagnostics;
using SimClr.Data;

namespace SimClr.Cli.Runs;

/// <summary>How fast the steps are, and how long they wait for their views.</summary>
internal sealed class Pace(int batchSize)
{
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private double lastStep, waited;

    /// <summary>Images of the last step over its wall time.</summary>
    public double ImagesPerSecond { get; private set; }

    /// <summary>The same, smoothed over some twenty steps.</summary>
    public double Smooth { get; private set; }

    /// <summary>Seconds for which the last step waited for its views.</summary>
    public double DataWait { get; private set; }

    /// <summary>The same batches, their waiting timed.</summary>
    public IEnumerable<ViewBatch> Waiting(IEnumerable<ViewBatch> batches)
    {
        using var enumerator = batches.GetEnumerator();
        while (true)
        {
            double began = clock.Elapsed.TotalSeconds;
            bool more = enumerator.MoveNext();
            waited += clock.Elapsed.TotalSeconds - began;
            if (!more) yield break;
            yield return enumerator.Current;
        }
    }

    /// <summary>Ends a step.</summary>
    public void Step()
    {
        double now = clock.Elapsed.TotalSeconds;
        ImagesPerSecond = batchSize / Math.Max(1e-9, now - lastStep);
        Smooth = Smooth == 0 ? ImagesPerSecond : 1 / (0.95 / Smooth + 0.05 / ImagesPerSecond);
        (lastStep, DataWait, waited) = (now, waited, 0);
    }
}
