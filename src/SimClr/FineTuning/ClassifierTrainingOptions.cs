using SimClr.Optimization;
using SimClr.Views;

namespace SimClr.FineTuning;

/// <summary>How a classifier on an encoder is trained: fine-tuning, the linear evaluation with augmentation, distillation.</summary>
public sealed record ClassifierTrainingOptions
{
    /// <summary>Times that every image is shown, at least 2. Default 30 (SimCLR, B.5, with 10 % of the labels; 60 with 1 %). A pass gives two views of each image, so this is twice the number of passes.</summary>
    public int Epochs { get; init; } = 30;

    /// <summary>B, views of a step, even. Default 256: the rate is scaled by it. Where the images are fewer, all of them are one step.</summary>
    public int BatchSize { get; init; } = 256;

    /// <summary>Update rule and rate. Default: SimCLR's fine-tuning (B.5): SGD with Nesterov momentum 0.9, rate 0.05 · B / 256, no decay, no warm-up.</summary>
    public OptimizerOptions Optimizer { get; init; } = new() { Nesterov = true, LearningRate = 0.05, WeightDecay = 0, WarmupEpochs = 0 };

    /// <summary>Whether the encoder and the head's layers stay as they are, batch norm's statistics included, and only the classification layer is trained. Default false.</summary>
    public bool Freeze { get; init; }

    /// <summary>Factor on the classification layer's rate, above 0: it starts from nothing while the rest is trained already. Default 1.</summary>
    public double ClassifierRate { get; init; } = 1;

    /// <summary>What training views are drawn from. Default crop and flip alone (B.5, B.6).</summary>
    public ViewPolicy Views { get; init; } = CropAndFlip;

    /// <summary>Passes without a better held-out accuracy after which training ends; 0 (the default) for never: the rate falls to 0 at the planned end.</summary>
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
        Freeze = true,
        Optimizer = new() { Nesterov = true, LearningRate = 0.1, WeightDecay = 0, WarmupEpochs = 0 },
    };

    /// <summary>Passes over the images: ⌈epochs/2⌉, as each gives two views of an image.</summary>
    public int Passes() => Epochs / 2 + Epochs % 2;

    /// <summary>Images whose views are a step.</summary>
    /// <param name="images">How many there are.</param>
    public int ImagesPerStep(int images) => Math.Min(BatchSize / 2, images);

    /// <summary>Checks every value against its range, the nested ones too.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside; the message names it.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs, 2, nameof(Epochs));
        ArgumentOutOfRangeException.ThrowIfNegative(Patience, nameof(Patience));
        if (BatchSize < 2 || BatchSize % 2 != 0)
            throw new ArgumentOutOfRangeException(nameof(BatchSize), BatchSize, "The batch size counts views, two of each image: it must be even.");
        if (!(ClassifierRate > 0 && double.IsFinite(ClassifierRate)))
            throw new ArgumentOutOfRangeException(nameof(ClassifierRate), ClassifierRate, "The factor on the classification layer's rate must be above 0.");
        Optimizer.Validate();
        Views.Validate();
    }
}
