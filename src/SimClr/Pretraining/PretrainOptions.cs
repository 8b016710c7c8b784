using SimClr.Images;
using SimClr.Losses;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Runtime;
using SimClr.Views;

namespace SimClr.Pretraining;

/// <summary>A pretraining run, whole: with the images and the machine it decides every number that comes out.</summary>
public sealed record PretrainOptions
{
    /// <summary>How often every image, or every group of images, is shown, at least 1. Default 100; longer is better up to 1,000 (SimCLR, Fig. 9).</summary>
    public int Epochs { get; init; } = 100;

    /// <summary>
    /// N, images (or groups of images: <see cref="Positives"/>) in a batch, each giving two views: at least 2. Default 256; larger gives more negatives.
    /// </summary>
    public int BatchSize { get; init; } = 256;

    /// <summary>
    /// m, the most images of a batch whose activations exist at once, on all ranks together, at least 1; 0 (the default): all of them. Below N a step
    /// takes the network forward twice, a micro-batch at a time, and batch normalisation has each micro-batch's statistics.
    /// </summary>
    public int MicroBatchSize { get; init; }

    /// <summary>
    /// How many neighbouring ranks have batch statistics in common; 0 (the default): all, so that the number of ranks changes no result; 1: each its own,
    /// which costs no messages. Must divide the number of ranks; with one rank it means nothing.
    /// </summary>
    public int BatchNormRanks { get; init; }

    /// <summary>In which numbers the network computes. Default float32.</summary>
    public Precision Precision { get; init; }

    /// <summary>What is minimised. Default NT-Xent; <see cref="LossKind.Custom"/> where the run is given a loss of its own.</summary>
    public LossKind Loss { get; init; }

    /// <summary>τ of the loss, in [0.001, 1000]. Default 0.5, best on CIFAR-10 (SimCLR, B.9); 0.1 for ImageNet (Table 5).</summary>
    public double Temperature { get; init; } = 0.5;

    /// <summary>
    /// Images that are shuffled among each other; 0 (the default) for all of them, at 4 bytes of memory each. For data larger than
    /// memory some 50 batches or more: reading then stays near one place of the disk for a while. Images of a window come from 64 places.
    /// </summary>
    public int ShuffleWindow { get; init; }

    /// <summary>
    /// Where the two views of a pair come from: one image (the default, SimCLR), or two images of a group, a patient, a place or an object (Azizi et al. 2021,
    /// arXiv 2101.05224: multi-instance contrastive learning). Then a batch and an epoch count groups.
    /// </summary>
    public PositivesKind Positives { get; init; }

    /// <summary>Decides weights, order and views. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// Whether JPEGs much larger than their views are decoded at ½, ¼ or ⅛ of their size (<c>ViewLoader.ReducedDecoding</c>): up to twice as
    /// fast, and not quite the same views. Default false.
    /// </summary>
    public bool ReducedDecoding { get; init; }

    /// <summary>How views, and whatever the encoder is given later, are resized and normalised; S in [8, 1024].</summary>
    public Preprocessing Preprocessing { get; init; } = new();

    /// <summary>S, the side of the views in pixels: <see cref="Preprocessing"/>'s.</summary>
    public int ImageSize => Preprocessing.ImageSize;

    /// <summary>What views are drawn from.</summary>
    public ViewPolicy Views { get; init; } = new();

    /// <summary>Small crops beside the two views.</summary>
    public SmallCropOptions SmallCrops { get; init; } = new();

    /// <summary>The encoder f(·).</summary>
    public EncoderOptions Encoder { get; init; } = EncoderOptions.Default;

    /// <summary>The projection head g(·).</summary>
    public ProjectionHeadOptions Head { get; init; } = new();

    /// <summary>Optimiser, learning rate and schedule.</summary>
    public OptimizerOptions Optimizer { get; init; } = new();

    /// <summary>
    /// What of the encoder stays as it is, running statistics included: stages (a ResNet's <c>stem</c>, <c>layer1</c> to <c>layer4</c>), modules by name, or <c>all</c>.
    /// For a run that starts from trained weights. Default nothing.
    /// </summary>
    public IReadOnlyList<string> Freeze { get; init; } = [];

    /// <summary>These options with every automatic value (null, 0 or Auto) decided, for images whose longer sides are <paramref name="largestSide"/> pixels.</summary>
    public PretrainOptions For(int largestSide)
    {
        var preprocessing = Preprocessing.ForSides(largestSide);
        int size = preprocessing.ImageSize;
        return this with { Preprocessing = preprocessing, Views = Views.For(size), SmallCrops = SmallCrops.For(size), Encoder = Encoder.For(size), Optimizer = Optimizer.Complete() };
    }

    /// <summary>Checks every value against its range, the nested ones too.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside; the message names it.</exception>
    public void Validate()
    {
        Check(ImageSize is 0 or (>= 8 and <= 1024), nameof(ImageSize), ImageSize, "The image size must be 0 (by the data) or lie in [8, 1024].");
        Check(Epochs >= 1, nameof(Epochs), Epochs, "There must be at least 1 epoch.");
        Check(BatchSize is >= 2 and <= 1 << 20, nameof(BatchSize), BatchSize, "The batch size must lie in [2, 1048576]: one image has no negatives, and more are better.");
        Check(MicroBatchSize >= 0, nameof(MicroBatchSize), MicroBatchSize, "The micro-batch size must be 0 (the whole batch) or at least 1.");
        Check(BatchNormRanks >= 0, nameof(BatchNormRanks), BatchNormRanks, "The ranks that share batch statistics must be 0 (all) or at least 1.");
        Check(ShuffleWindow >= 0, nameof(ShuffleWindow), ShuffleWindow, "The window of the shuffle must be 0 (all images) or positive.");
        Check(Enum.IsDefined(Positives), nameof(Positives), Positives, "The positives must be views, folder, column or custom.");
        Check(Enum.IsDefined(Precision), nameof(Precision), Precision, "The precision must be fp32, tf32 or bf16.");
        Check(Enum.IsDefined(Loss), nameof(Loss), Loss, "The loss must be nt-xent, decoupled or custom.");
        Check(Temperature is >= 0.001 and <= 1000, nameof(Temperature), Temperature, "The temperature must lie in [0.001, 1000].");
        Preprocessing.Validate(Encoder.Channels);
        Views.Validate();
        SmallCrops.Validate();
        Encoder.Validate();
        Head.Validate();
        Optimizer.Validate();
    }

    private static void Check(bool good, string name, object value, string message)
    {
        if (!good) throw new ArgumentOutOfRangeException(name, value, message);
    }
}
