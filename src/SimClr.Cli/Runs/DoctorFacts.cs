using SimClr.Models;
using SimClr.Optimization;
using SimClr.Training;

namespace SimClr.Cli.Runs;

/// <summary>What is known of a run before it begins.</summary>
/// <param name="Options">Complete.</param>
/// <param name="Train">The images of the run.</param>
/// <param name="Test">The test part, where there is one.</param>
/// <param name="Trial">A few steps; null where no batch can be filled.</param>
/// <param name="MemoryBytes">That the machine has.</param>
internal sealed record DoctorFacts(PretrainOptions Options, PartSurvey Train, PartSurvey? Test, TrainingTrial? Trial, long MemoryBytes)
{
    public int Images => Train.Data.Count;

    public int StepsPerEpoch => Images / Options.BatchSize;

    public long TotalSteps => (long)StepsPerEpoch * Options.Epochs;

    public double PeakLearningRate => Options.Optimizer.PeakLearningRate(Options.BatchSize);

    public double WarmupEpochs => Options.Optimizer.Complete().WarmupEpochs!.Value;

    public double BlurProbability => Options.Views.BlurProbability!.Value;

    /// <summary>How many images are in both parts.</summary>
    public int Leaked { get; } = Test?.SharedWith(Train) ?? 0;

    /// <summary>Seconds of the whole run.</summary>
    public double? Seconds => Trial?.SecondsPerImage * Options.BatchSize * TotalSteps;

    public bool IsLars => Options.Optimizer.Kind == OptimizerKind.Lars;

    public bool IsImagenetStem => Options.Encoder.Stem == Stem.Imagenet;
}
