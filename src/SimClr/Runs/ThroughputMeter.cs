using SimClr.Loading;

namespace SimClr.Runs;

/// <summary>How fast the steps are, and how long they wait for their views.</summary>
public sealed class ThroughputMeter(int batchSize, TimeProvider time)
{
    private const double New = 0.05; // weight of the last step in what is smoothed
    private readonly long began = time.GetTimestamp();
    private double firstStep, lastStep, waited, waitedInAll;

    /// <summary>Wall time of the last step in seconds, its waiting included.</summary>
    public double StepSeconds { get; private set; }

    /// <summary>Images of the last step over its wall time.</summary>
    public double ImagesPerSecond { get; private set; }

    /// <summary>The same, smoothed over some twenty steps.</summary>
    public double Smooth { get; private set; }

    /// <summary>Seconds for which the last step waited for its views.</summary>
    public double DataWait { get; private set; }

    /// <summary>The part of its time that a step waits, in [0, 1], smoothed over some twenty steps from 0 on: the first one's views cannot be there.</summary>
    public double WaitingNow { get; private set; }

    /// <summary>The part of their time that all steps but the first waited, in [0, 1].</summary>
    public double WaitingInAll => lastStep > firstStep ? waitedInAll / (lastStep - firstStep) : 0;

    private double Now => time.GetElapsedTime(began).TotalSeconds;

    /// <summary>The same batches, their waiting timed.</summary>
    public IEnumerable<ViewBatch> Waiting(IEnumerable<ViewBatch> batches)
    {
        using var enumerator = batches.GetEnumerator();
        while (true)
        {
            double from = Now;
            bool more = enumerator.MoveNext();
            waited += Now - from;
            if (!more) yield break;
            yield return enumerator.Current;
        }
    }

    /// <summary>Ends a step.</summary>
    public void Step()
    {
        double now = Now, took = Math.Max(1e-9, now - lastStep);
        StepSeconds = took;
        ImagesPerSecond = batchSize / took;
        Smooth = Smooth == 0 ? ImagesPerSecond : 1 / ((1 - New) / Smooth + New / ImagesPerSecond);
        WaitingNow += New * (waited / took - WaitingNow);
        if (firstStep == 0) firstStep = now;
        else waitedInAll += waited;
        (lastStep, DataWait, waited) = (now, waited, 0);
    }
}
