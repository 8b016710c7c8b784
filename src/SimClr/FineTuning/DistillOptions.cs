using SimClr.Models;

namespace SimClr.FineTuning;

/// <summary>All options of a distillation. <c>--set</c> can change them.</summary>
public sealed record DistillOptions
{
    /// <summary>
    /// T, above 0. Use 0.1 for a student of the teacher's size, and 1 (the default) for a smaller one (google-research/simclr).
    /// </summary>
    public double Temperature { get; init; } = 1;

    /// <summary>The student. An automatic stem becomes the teacher's.</summary>
    public EncoderOptions Encoder { get; init; } = EncoderOptions.Default;

    /// <summary>
    /// The training: on crops and flips, as in the teacher's fine-tuning. Default: SGD with Nesterov momentum, 0.2 · B / 256, decay 1e-4,
    /// 60 epochs in batches of 256 images. (Google: LARS, batches of 4,096, 400 epochs.)
    /// </summary>
    public ClassifierTrainingOptions Training { get; init; } = new()
    {
        Epochs = 60,
        Optimizer = new() { Nesterov = true, LearningRate = 0.2, WeightDecay = 1e-4, WarmupEpochs = 2 },
    };

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public void Validate()
    {
        if (!(Temperature > 0 && double.IsFinite(Temperature)))
            throw new ArgumentOutOfRangeException(nameof(Temperature), Temperature, "The temperature must be above 0 and finite.");
    }
}
