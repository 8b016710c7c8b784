using SimClr.Datasets;
using SimClr.Optimization;
using SimClr.Pretraining;

namespace SimClr.Runs;

/// <summary>What is known of a run before it begins.</summary>
/// <param name="Options">Complete.</param>
/// <param name="Train">The images of the run.</param>
/// <param name="Test">The test part, where there is one.</param>
/// <param name="Trial">A few steps; null where no batch can be filled.</param>
/// <param name="MemoryBytes">That the machine has.</param>
public sealed record DoctorFacts(PretrainOptions Options, DatasetScan Train, DatasetScan? Test, TrainingEstimate? Trial, long MemoryBytes)
{
    /// <summary>The images of the run.</summary>
    public int Images => Train.Data.Count;

    /// <summary>The groups that pairs are taken from; null (the default): both views are of one image.</summary>
    public ImageGroups? Groups { get; init; }

    /// <summary>What an epoch shows once each: groups, or images.</summary>
    public int Items => Groups?.Count ?? Images;

    /// <summary>Whole batches in an epoch.</summary>
    public int StepsPerEpoch => Items / Options.BatchSize;

    /// <summary>Steps of the whole run.</summary>
    public long TotalSteps => (long)StepsPerEpoch * Options.Epochs;

    /// <summary>The learning rate after the warm-up.</summary>
    public double PeakLearningRate => Options.Optimizer.PeakLearningRate(Options.BatchSize);

    /// <summary>Epochs of the warm-up.</summary>
    public double WarmupEpochs => Options.Optimizer.Complete().WarmupEpochs!.Value;

    /// <summary>The probability of blur, in [0, 1].</summary>
    public double BlurProbability => Options.Views.BlurProbability!.Value;

    /// <summary>How many images are in both parts.</summary>
    public int Leaked { get; } = Test?.SharedWith(Train) ?? 0;

    /// <summary>Seconds of the whole run.</summary>
    public double? Seconds => Trial?.SecondsPerImage * Options.BatchSize * TotalSteps;

    /// <summary>Bytes on the disk: three checkpoints that are kept and the next one while it is written; null without a trial.</summary>
    public long? DiskBytes => 4 * Trial?.CheckpointBytes;

    /// <summary>Whether the optimizer is LARS.</summary>
    public bool IsLars => Options.Optimizer.Kind == OptimizerKind.Lars;
}
