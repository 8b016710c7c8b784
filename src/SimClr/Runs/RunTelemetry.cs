using System.Diagnostics;
using System.Diagnostics.Metrics;
using SimClr.Pretraining;
using SimClr.RunFolders;

namespace SimClr.Runs;

/// <summary>
/// Makes the pretraining runs of this process visible to OpenTelemetry, <c>dotnet-counters</c> and similar tools: a <see cref="Meter"/> and
/// an <see cref="ActivitySource"/>, both named <see cref="Name"/>. Without a listener they cost nothing. Nothing is sent by itself.
/// </summary>
/// <remarks>
/// Instruments: <c>simclr.step.duration</c> and <c>simclr.data.wait</c> (histograms, s), <c>simclr.images</c> (counter, images of this
/// process; each gives two views), <c>simclr.loss</c> (gauge, nats). Activities: <c>pretrain</c>, from the first to the last step of this
/// process, and within it <c>save checkpoint</c>.
/// </remarks>
public static class RunTelemetry
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "SimClr";

    private static readonly Meter Meter = new(Name, PretrainRun.Version);
    private static readonly ActivitySource Activities = new(Name, PretrainRun.Version);
    private static readonly Histogram<double> StepDuration = Meter.CreateHistogram<double>("simclr.step.duration",
        "s", "Wall time of a step, its waiting included.");
    private static readonly Histogram<double> DataWait = Meter.CreateHistogram<double>("simclr.data.wait",
        "s", "Time that a step waited for its views.");
    private static readonly Counter<long> Images = Meter.CreateCounter<long>("simclr.images",
        "{image}", "Images that this process trained on.");
    private static readonly Gauge<double> Loss = Meter.CreateGauge<double>("simclr.loss", "{nat}", "The loss of the last step.");

    internal static Activity? StartRun(RunFolder folder, RunSettings settings, Pretrainer pretrainer) =>
        Activities.StartActivity("pretrain")?
        .SetTag("simclr.run", folder.Path)
        .SetTag("simclr.data", settings.DataName ?? settings.Place)
        .SetTag("simclr.encoder", pretrainer.Options.Encoder.Describe())
        .SetTag("simclr.batch_size", pretrainer.Options.BatchSize)
        .SetTag("simclr.step", pretrainer.Step)
        .SetTag("simclr.total_steps", pretrainer.TotalSteps);

    internal static Activity? StartSave(long step) => Activities.StartActivity("save checkpoint")?.SetTag("simclr.step", step);

    internal static void Record(StepMetrics step, ThroughputMeter pace, int images)
    {
        StepDuration.Record(pace.StepSeconds);
        DataWait.Record(pace.DataWait);
        Images.Add(images);
        Loss.Record(step.Loss);
    }
}
