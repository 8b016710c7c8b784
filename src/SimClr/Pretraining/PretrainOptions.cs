using SimClr.Datasets;
using SimClr.Images;
using SimClr.Losses;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Runtime;
using SimClr.Views;

namespace SimClr.Pretraining;

/// <summary>All options of a pretraining run. Together with the images and the machine they determine every number of the result.</summary>
public sealed record PretrainOptions
{
    /// <summary>
    /// The number of times that every image or group is shown, at least 1. Default 100; longer is better up to 1,000 (SimCLR, Fig. 9).
    /// </summary>
    public int Epochs { get; init; } = 100;

    /// <summary>
    /// N, the images (or groups: <see cref="Positives"/>) per batch, at least 2; each gives two views. Default 256; a larger batch has more
    /// negatives.
    /// </summary>
    public int BatchSize { get; init; } = 256;

    /// <summary>
    /// m, the largest number of images whose activations exist at once, over all ranks, at least 1; 0 (the default): the whole batch. Below
    /// N, a step makes two forward passes, one micro-batch at a time, and batch normalisation uses the statistics of each micro-batch.
    /// </summary>
    public int MicroBatchSize { get; init; }

    /// <summary>
    /// The number of neighbouring ranks that share batch statistics. 0 (the default): all, so that the result does not depend on the number
    /// of ranks. 1: each its own, without messages. It must divide the number of ranks; with one rank it has no effect.
    /// </summary>
    public int BatchNormRanks { get; init; }

    /// <summary>The number format of the network's computation. Default float32.</summary>
    public Precision Precision { get; init; }

    /// <summary>The loss. Default NT-Xent; <see cref="LossKind.Custom"/> if the run is given its own loss.</summary>
    public LossKind Loss { get; init; }

    /// <summary>τ of the loss, in [0.001, 1000]. Default 0.5, best on CIFAR-10 (SimCLR, B.9); 0.1 for ImageNet (Table 5).</summary>
    public double Temperature { get; init; } = 0.5;

    /// <summary>
    /// The number of images that are shuffled among each other; 0 (the default): all, at 4 bytes of memory each. For data larger than
    /// memory use 50 batches or more: reading then stays near one place of the disk for a while. The images of a window come from 64
    /// places.
    /// </summary>
    public int ShuffleWindow { get; init; }

    /// <summary>
    /// The source of the two views of a pair: one image (the default, SimCLR), or two images of a group, such as a patient, a place or an
    /// object (Azizi et al. 2021, arXiv 2101.05224: multi-instance contrastive learning). Then a batch and an epoch count groups.
    /// </summary>
    public PositivesKind Positives { get; init; }

    /// <summary>Determines weights, order and views. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// Whether JPEGs much larger than their views are decoded at ½, ¼ or ⅛ of their size (<c>ViewLoader.ReducedDecoding</c>): up to twice
    /// as fast, with slightly different views. Default false.
    /// </summary>
    public bool ReducedDecoding { get; init; }

    /// <summary>How views, and later all images for the encoder, are resized and normalised; S in [8, 1024].</summary>
    public Preprocessing Preprocessing { get; init; } = new();

    /// <summary>S, the side of the views in pixels, from <see cref="Preprocessing"/>.</summary>
    public int ImageSize => Preprocessing.ImageSize;

    /// <summary>The distribution of the views.</summary>
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
    /// Parts of the encoder that are frozen, with their running statistics: stages (a ResNet's <c>stem</c>, <c>layer1</c> to
    /// <c>layer4</c>), modules by name, or <c>all</c>. For a run that starts from trained weights. Default none.
    /// </summary>
    public IReadOnlyList<string> Freeze { get; init; } = [];

    /// <summary>
    /// These options with every automatic value (null, 0 or Auto) resolved, for images whose longer side is <paramref name="largestSide"/>
    /// pixels.
    /// </summary>
    /// <param name="largestSide">The longer side of the images, in pixels.</param>
    /// <exception cref="ConfigurationException">The encoder takes no views, or no small crops, of the size.</exception>
    public PretrainOptions For(int largestSide)
    {
        var preprocessing = Preprocessing.ForSides(largestSide);
        int size = preprocessing.ImageSize;
        var (encoder, smallCrops) = (Encoder.For(size), SmallCrops.For(size));
        if (smallCrops.Count > 0) _ = encoder.For(smallCrops.ImageSize); // takes them, or refuses them by name
        return this with
        {
            Preprocessing = preprocessing,
            Views = Views.For(size),
            SmallCrops = smallCrops,
            Encoder = encoder,
            Optimizer = Optimizer.Complete()
        };
    }

    /// <summary>
    /// These options with every automatic value resolved, for some images: their size and the range of their values
    /// (<see cref="ValueRangeFinder"/>).
    /// </summary>
    /// <param name="images">Borrowed. At most 80 are read.</param>
    /// <exception cref="ConfigurationException">The encoder takes no views, or no small crops, of the size.</exception>
    /// <exception cref="InvalidDataException">No image can be read, or some are floats and others are not.</exception>
    public PretrainOptions For(IImageDataset images) =>
        (this with { Preprocessing = ValueRangeFinder.Complete(images, Preprocessing) }).For(ImageSource.LargestSide(images));

    /// <summary>Checks every value against its range, including nested options.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range; the message names it.</exception>
    public void Validate()
    {
        Check(ImageSize is 0 or (>= 8 and <= 1024), nameof(ImageSize), ImageSize, "The image size must be 0 (by the data) or lie " +
            "in [8, 1024].");
        Check(Epochs >= 1, nameof(Epochs), Epochs, "There must be at least 1 epoch.");
        Check(BatchSize is >= 2 and <= 1 << 20, nameof(BatchSize), BatchSize, "The batch size must lie in [2, 1048576]: one image " +
            "has no negatives, and more are better.");
        Check(MicroBatchSize >= 0, nameof(MicroBatchSize), MicroBatchSize, "The micro-batch size must be 0 (the whole " +
            "batch) or at least 1.");
        Check(BatchNormRanks >= 0, nameof(BatchNormRanks), BatchNormRanks, "The ranks that share batch statistics must be 0 (all) " +
            "or at least 1.");
        Check(ShuffleWindow >= 0, nameof(ShuffleWindow), ShuffleWindow, "The window of the shuffle must be 0 (all images) or positive.");
        Check(Enum.IsDefined(Positives), nameof(Positives), Positives, "The positives must be views, folder, column, list or custom.");
        Check(Enum.IsDefined(Precision), nameof(Precision), Precision, "The precision must be fp32, tf32 or bf16.");
        Check(Enum.IsDefined(Loss), nameof(Loss), Loss, "The loss must be nt-xent, decoupled or custom.");
        Check(Temperature is >= 0.001 and <= 1000, nameof(Temperature), Temperature, "The temperature must lie in [0.001, 1000].");
        foreach (var (part, name) in ((object?, string)[])[(Encoder, nameof(Encoder)), (Preprocessing, nameof(Preprocessing)),
            (Views, nameof(Views)), (SmallCrops, nameof(SmallCrops)), (Head, nameof(Head)), (Optimizer, nameof(Optimizer))])
            ArgumentNullException.ThrowIfNull(part, name);
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
