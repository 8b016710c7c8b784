using SimClr.Models;

namespace SimClr.FineTuning;

/// <summary>A distillation, whole: what <c>--set</c> can change.</summary>
public sealed record DistillOptions
{
    /// <summary>T, above 0: 0.1 suits a student of the teacher's size, 1 (the default) a smaller one (google-research/simclr).</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>The student; its stem is the teacher's where it is left open.</summary>
    public EncoderOptions Encoder { get; init; } = EncoderOptions.Default;

    /// <summary>How it is trained: on crops and flips, as the teacher was fine-tuned. Default: SGD with Nesterov momentum, 0.2 · B / 256, decay 1e-4, 60 epochs in batches of 256 images. (Google's: LARS, batches of 4,096, 400 epochs.)</summary>
    public ClassifierTrainingOptions Training { get; init; } = new()
    {
        Epochs = 60,
        Optimizer = new() { Nesterov = true, LearningRate = 0.2, WeightDecay = 1e-4, WarmupEpochs = 2 },
    };

    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public void Validate()
    {
        if (!(Temperature > 0 && double.IsFinite(Temperature))) throw new ArgumentOutOfRangeException(nameof(Temperature), Temperature, "The temperature must be above 0 and finite.");
    }
}
