using SimClr.Models;
using SimClr.Optimization;
using SimClr.Views;

namespace SimClr.FineTuning;

/// <summary>How a classifier on an encoder is trained: fine-tuning, the linear evaluation with augmentation, distillation.</summary>
public sealed record ClassifierTrainingOptions
{
    /// <summary>How often every image is shown, each time as one view, at least 1. Default 30 (SimCLR, B.5, with 10 % of the labels; 60 with 1 %).</summary>
    public int Epochs { get; init; } = 30;

    /// <summary>B, images of a step, at least 2, as batch normalisation needs. Default 256: the rate is scaled by it. Where the images are fewer, all of them are one step.</summary>
    public int BatchSize { get; init; } = 256;

    /// <summary>Update rule and rate. Default: SimCLR's fine-tuning (B.5): SGD with Nesterov momentum 0.9, rate 0.05 · B / 256, no decay, no warm-up.</summary>
    public OptimizerOptions Optimizer { get; init; } = new() { Nesterov = true, LearningRate = 0.05, WeightDecay = 0, WarmupEpochs = 0 };

    /// <summary>
    /// What stays as it is, running statistics included: stages of the encoder from <see cref="EncoderStages.Of"/> (a ResNet's <c>stem</c>, <c>layer1</c> to <c>layer4</c>),
    /// modules of it by name, or <c>all</c> for the encoder with the head's layers, so that the classification layer alone is trained. Default nothing.
    /// </summary>
    public IReadOnlyList<string> Freeze { get; init; } = [];

    /// <summary>Factor on the classification layer's rate, above 0: it starts from nothing while the rest is trained already. Default 1.</summary>
    public double ClassifierRate { get; init; } = 1;

    /// <summary>What training views are drawn from. Default crop and flip alone (B.5, B.6).</summary>
    public ViewPolicy Views { get; init; } = CropAndFlip;

    /// <summary>Epochs without a better held-out accuracy after which training ends; 0 (the default) for never: the rate falls to 0 at the planned end.</summary>
    public int Patience { get; init; }

    /// <summary>Decides order, views and the classification layer's batches. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>Random resized crops of at least 8 % of the image, mirrored by chance; colours as they are.</summary>
    public static ViewPolicy CropAndFlip { get; } = new() { JitterProbability = 0, GrayscaleProbability = 0, BlurProbability = 0, ColorStrength = 0 };

    /// <summary>SimCLR's fine-tuning (B.5), the defaults.</summary>
    public static ClassifierTrainingOptions V1 { get; } = new();

    /// <summary>SimCLR v2's fine-tuning (google-research/simclr, README): LARS, rate 0.005 · √B, batches of 1,024, no decay, no warm-up.</summary>
    public static ClassifierTrainingOptions V2 { get; } = new()
    {
        BatchSize = 1024,
        Optimizer = new() { Kind = OptimizerKind.Lars, LearningRate = 0.005, LearningRateScaling = LearningRateScaling.Sqrt, WeightDecay = 0, WarmupEpochs = 0 },
    };

    /// <summary>SimCLR's linear evaluation (B.6): only the classification layer is trained, rate 0.1 · B / 256, 90 epochs.</summary>
    public static ClassifierTrainingOptions Linear { get; } = new()
    {
        Epochs = 90,
        Freeze = [FrozenStages.All],
        Optimizer = new() { Nesterov = true, LearningRate = 0.1, WeightDecay = 0, WarmupEpochs = 0 },
    };

    /// <summary>Images of a step: B, or all where they are fewer.</summary>
    /// <param name="images">How many there are.</param>
    public int ImagesPerStep(int images) => Math.Min(BatchSize, images);

    /// <summary>Checks every value against its range, the nested ones too.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside; the message names it.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs, 1, nameof(Epochs));
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 2, nameof(BatchSize));
        ArgumentOutOfRangeException.ThrowIfNegative(Patience, nameof(Patience));
        if (!(ClassifierRate > 0 && double.IsFinite(ClassifierRate)))
            throw new ArgumentOutOfRangeException(nameof(ClassifierRate), ClassifierRate, "The factor on the classification layer's rate must be above 0.");
        Optimizer.Validate();
        Views.Validate();
    }
}
