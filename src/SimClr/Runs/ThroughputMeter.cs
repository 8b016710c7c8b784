using SimClr.Loading;

namespace SimClr.Runs;

/// <summary>Measures the speed of the steps, and how long they wait for views.</summary>
/// <param name="batchSize">N, images in a step.</param>
/// <param name="time">The clock.</param>
public sealed class ThroughputMeter(int batchSize, TimeProvider time)
{
    private const double New = 0.05; // weight of the last step in smoothed values
    private readonly long began = time.GetTimestamp();
    private double firstStep, lastStep, waited, waitedInAll;

    /// <summary>Wall time of the last step in seconds, including its wait.</summary>
    public double StepSeconds { get; private set; }

    /// <summary>Images of the last step divided by its wall time.</summary>
    public double ImagesPerSecond { get; private set; }

    /// <summary><see cref="ImagesPerSecond"/>, smoothed over about twenty steps.</summary>
    public double Smooth { get; private set; }

    /// <summary>Seconds that the last step waited for its views.</summary>
    public double DataWait { get; private set; }

    /// <summary>
    /// The share of its time that a step waits, in [0, 1], smoothed over about twenty steps. It starts at 0: the views of the first step
    /// cannot be ready.
    /// </summary>
    public double WaitingNow { get; private set; }

    /// <summary>The share of their time that all steps after the first waited, in [0, 1].</summary>
    public double WaitingInAll => lastStep > firstStep ? waitedInAll / (lastStep - firstStep) : 0;

    private double Now => time.GetElapsedTime(began).TotalSeconds;

    /// <summary>The batches, with their wait measured.</summary>
    /// <param name="batches">The batches of a loader.</param>
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
