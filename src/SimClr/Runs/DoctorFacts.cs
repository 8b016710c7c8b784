using SimClr.Datasets;
using SimClr.Optimization;
using SimClr.Pretraining;

namespace SimClr.Runs;

/// <summary>The facts about a run before it begins.</summary>
/// <param name="Options">The complete options.</param>
/// <param name="Train">The images of the run.</param>
/// <param name="Test">The test part, if there is one.</param>
/// <param name="Trial">A few steps; null if no batch can be filled.</param>
/// <param name="MemoryBytes">The memory of the machine or GPU, in bytes.</param>
public sealed record DoctorFacts(PretrainOptions Options, DatasetScan Train, DatasetScan? Test, TrainingEstimate? Trial, long MemoryBytes)
{
    /// <summary>The number of images.</summary>
    public int Images => Train.Data.Count;

    /// <summary>The groups of the pairs; null (the default): both views show the same image.</summary>
    public ImageGroups? Groups { get; init; }

    /// <summary>The number of items that an epoch shows once each: groups or images.</summary>
    public int Items => Groups?.Count ?? Images;

    /// <summary>The number of complete batches in an epoch.</summary>
    public int StepsPerEpoch => Items / Options.BatchSize;

    /// <summary>The number of steps in the run.</summary>
    public long TotalSteps => (long)StepsPerEpoch * Options.Epochs;

    /// <summary>The learning rate after the warm-up.</summary>
    public double PeakLearningRate => Options.Optimizer.PeakLearningRate(Options.BatchSize);

    /// <summary>The length of the warm-up in epochs.</summary>
    public double WarmupEpochs => Options.Optimizer.Complete().WarmupEpochs!.Value;

    /// <summary>The probability of blur, in [0, 1].</summary>
    public double BlurProbability => Options.Views.BlurProbability!.Value;

    /// <summary>The number of images that are in both parts.</summary>
    public int Leaked { get; } = Test?.SharedWith(Train) ?? 0;

    /// <summary>The estimated time of the whole run, in seconds.</summary>
    public double? Seconds => Trial?.SecondsPerImage * Options.BatchSize * TotalSteps;

    /// <summary>The disk space in bytes, for three kept checkpoints and the one being written; null without a trial.</summary>
    public long? DiskBytes => 4 * Trial?.CheckpointBytes;

    /// <summary>Whether the optimizer is LARS.</summary>
    public bool IsLars => Options.Optimizer.Kind == OptimizerKind.Lars;
}
