using SimClr.Models;
using SimClr.Optimization;
using SimClr.Views;

namespace SimClr.FineTuning;

/// <summary>Options for training a classifier on an encoder: fine-tuning, linear evaluation with augmentation, distillation.</summary>
public sealed record ClassifierTrainingOptions
{
    /// <summary>
    /// The number of times that every image is shown, as one view each time; at least 1. Default 30 (SimCLR, B.5, with 10 % of the labels;
    /// 60 with 1 %).
    /// </summary>
    public int Epochs { get; init; } = 30;

    /// <summary>
    /// B, the images per step, at least 2, which batch normalisation needs. Default 256; the learning rate is scaled by it. If there are
    /// fewer images, all of them form one step.
    /// </summary>
    public int BatchSize { get; init; } = 256;

    /// <summary>
    /// The update rule and learning rate. Default: SimCLR's fine-tuning (B.5): SGD with Nesterov momentum 0.9, rate 0.05 · B / 256, no
    /// decay, no warm-up.
    /// </summary>
    public OptimizerOptions Optimizer { get; init; } = new() { Nesterov = true, LearningRate = 0.05, WeightDecay = 0, WarmupEpochs = 0 };

    /// <summary>
    /// Frozen parts, with their running statistics: stages of the encoder from <see cref="EncoderStages.Of"/> (a ResNet's <c>stem</c>,
    /// <c>layer1</c> to <c>layer4</c>), modules by name, or <c>all</c> for the encoder and the head's layers, so that only the
    /// classification layer is trained. Default none.
    /// </summary>
    public IReadOnlyList<string> Freeze { get; init; } = [];

    /// <summary>
    /// The factor on the learning rate of the classification layer, above 0: it starts at 0, while the rest is already trained. Default 1.
    /// </summary>
    public double ClassifierRate { get; init; } = 1;

    /// <summary>The distribution of the training views. Default only crop and flip (B.5, B.6).</summary>
    public ViewPolicy Views { get; init; } = CropAndFlip;

    /// <summary>
    /// Training ends after this many epochs without a better held-out accuracy; 0 (the default): never, as the rate falls to 0 at the
    /// planned end.
    /// </summary>
    public int Patience { get; init; }

    /// <summary>Determines the order, the views and the batches of the classification layer. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>Random resized crops of at least 8 % of the image, and random flips; colours are unchanged.</summary>
    public static ViewPolicy CropAndFlip { get; } =
        new() { JitterProbability = 0, GrayscaleProbability = 0, BlurProbability = 0, ColorStrength = 0 };

    /// <summary>SimCLR's fine-tuning (B.5), the defaults.</summary>
    public static ClassifierTrainingOptions V1 { get; } = new();

    /// <summary>
    /// SimCLR v2's fine-tuning (google-research/simclr, README): LARS, rate 0.005 · √B, batches of 1,024, no decay, no warm-up. As there,
    /// LARS does not adapt the classification layer.
    /// </summary>
    public static ClassifierTrainingOptions V2 { get; } = new()
    {
        BatchSize = 1024,
        Optimizer = new()
        {
            Kind = OptimizerKind.Lars,
            LearningRate = 0.005,
            LearningRateScaling = LearningRateScaling.Sqrt,
            WeightDecay = 0,
            WarmupEpochs = 0
        },
    };

    /// <summary>
    /// SimCLR's linear evaluation (B.6): only the classification layer is trained, with rate 0.1 · B / 256 for 90 epochs.
    /// </summary>
    public static ClassifierTrainingOptions Linear { get; } = new()
    {
        Epochs = 90,
        Freeze = [FrozenStages.All],
        Optimizer = new() { Nesterov = true, LearningRate = 0.1, WeightDecay = 0, WarmupEpochs = 0 },
    };

    /// <summary>The images per step: B, or all if there are fewer.</summary>
    /// <param name="images">The number of images.</param>
    public int ImagesPerStep(int images) => Math.Min(BatchSize, images);

    /// <summary>Checks every value against its range, including nested options.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range; the message names it.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs, 1, nameof(Epochs));
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 2, nameof(BatchSize));
        ArgumentOutOfRangeException.ThrowIfNegative(Patience, nameof(Patience));
        if (!(ClassifierRate > 0 && double.IsFinite(ClassifierRate)))
            throw new ArgumentOutOfRangeException(
                nameof(ClassifierRate), ClassifierRate, "The factor on the classification layer's rate must be above 0.");
        Optimizer.Validate();
        Views.Validate();
    }
}
