using SimClr.Datasets;
using SimClr.Distributed;
using SimClr.Images;
using SimClr.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Evaluation;

/// <summary>
/// Encodes images without random augmentations: the middle square of each, resized to S (<see cref="Preprocessing.CenterCrop"/>) and
/// normalised as in pretraining. While one batch is encoded, the next is decoded on all processors. A batch always consists of the same
/// images, so the same encoder gives the same bytes wherever reading begins. On the CPU an encoder is folded if possible
/// (<see cref="IFoldable"/>).
/// </summary>
/// <remarks>Several passes may run at once, each on one thread; with several ranks one at a time.</remarks>
/// <param name="data">
/// The images; borrowed. If the encoder, or a classifier's encoder, was made from options and has one channel, colour images are converted
/// to gray.
/// </param>
/// <param name="communicator">
/// Ranks that share the work; each gets all results, byte for byte those of one rank. Every method is then a collective operation.
/// Borrowed; null: this process alone.
/// </param>
public sealed partial class FeatureExtractor(IImageDataset data, ICommunicator? communicator = null)
{
    private const int PixelSide = 32, MaxBatch = 256, BatchPixels = 1 << 22;

    private readonly ICommunicator ranks = communicator ?? new SingleProcessCommunicator();
    private readonly SortedDictionary<int, BadImage> badImages = [];
    private readonly Lazy<ImageGroups?> named = new(() => ImageGroups.Named(data));

    /// <summary>The damaged images found so far, each once, in ascending order of their index; a copy.</summary>
    public IReadOnlyCollection<BadImage> BadImages
    {
        get
        {
            lock (badImages) return [.. badImages.Values]; // another thread may be reading the next batch
        }
    }

    /// <summary>The number of images per batch: 256, or as many as have four million pixels, but at least 8.</summary>
    /// <param name="imageSize">S.</param>
    /// <exception cref="ArgumentOutOfRangeException">S is less than 1: a preprocessing without a size.</exception>
    public static int BatchSize(int imageSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(imageSize, 1);
        return (int)Math.Clamp(BatchPixels / ((long)imageSize * imageSize), 8, MaxBatch);
    }

    /// <summary>Encodes batch by batch. Memory does not grow with the number of images.</summary>
    /// <param name="encoder">x (N, C, S, S) float32 → (N, D); borrowed, in eval mode and on <paramref name="device"/>.</param>
    /// <param name="preprocessing">The preprocessing of the images, and S.</param>
    /// <param name="device">The device of the encoder.</param>
    /// <param name="first">The first image: a multiple of <see cref="BatchSize"/>.</param>
    /// <returns>The batches in order; each is owned by the caller.</returns>
    /// <exception cref="InvalidOperationException">The encoder is in training mode, or it changed.</exception>
    /// <exception cref="InvalidDataException">
    /// More than half of the images are damaged, or a feature is not finite. The message names the first such image.
    /// </exception>
    /// <exception cref="IOException">A file cannot be read. An unavailable file is not damaged (<see cref="RetryingDataset"/>).</exception>
    public IEnumerable<FeatureBatch> Batches(Module<Tensor, Tensor> encoder, Preprocessing preprocessing, Device device, int first = 0)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(preprocessing);
        int size = BatchSize(preprocessing.ImageSize);
        if (first < 0 || first % size != 0)
            throw new ArgumentOutOfRangeException(
                nameof(first), first, $"Batches of {size} images begin at a multiple of that, not at {first}.");
        return (ranks.Size == 1 ? Encoded() : OfAllRanks(Encoded(), first, size)).Select(Finite);

        IEnumerable<FeatureBatch> Encoded()
        {
            var frozen = new FrozenGuard(encoder);
            using var folded = device.type == TorchSharp.DeviceType.CPU ? (encoder as IFoldable)?.Fold() : null;
            Func<Tensor, Tensor> represent = folded is null ? encoder.call : folded.Forward;
            var images = EncoderFacts.Of((encoder as ImageClassifier)?.Encoder ?? encoder) is { Options.Channels: var channels }
                ? EncoderImages.For(data, channels, preprocessing.Decoding) : ChosenChannels.Of(data, preprocessing.Decoding);
            ValueRangeFinder.Require(images, preprocessing);
            foreach (var batch in Images(images, preprocessing, first))
            {
                FeatureBatch encoded;
                using (batch) encoded = batch with { Values = Forward(represent, batch.Values, device) };
                yield return encoded;
            }
            frozen.Check();
        }
    }

    /// <summary>Encodes every readable image. Damaged images have no row and no label.</summary>
    /// <param name="encoder">x (N, C, S, S) float32 → (N, D); borrowed, in eval mode and on <paramref name="device"/>.</param>
    /// <param name="preprocessing">The preprocessing of the images, and S.</param>
    /// <param name="device">The device of the encoder.</param>
    /// <param name="progress">Receives the number of images done.</param>
    /// <param name="cancellationToken">Checked between batches. With several ranks, cancel none or all.</param>
    /// <returns>(M, D) on the CPU; owned by the caller.</returns>
    /// <exception cref="InvalidOperationException">The encoder is in training mode, or it changed.</exception>
    /// <exception cref="InvalidDataException">
    /// No image can be read, more than half are damaged, or a feature is not finite. The message names the first such image.
    /// </exception>
    /// <exception cref="IOException">A file cannot be read. An unavailable file is not damaged (<see cref="RetryingDataset"/>).</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Features Encode(Module<Tensor, Tensor> encoder, Preprocessing preprocessing, Device device, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default) =>
        Collect(Batches(encoder, preprocessing, device), values => values.alias(), progress, cancellationToken);

    /// <summary>The pixels as features, a baseline for any encoder: all channels, at most 32 × 32 pixels.</summary>
    /// <param name="imageSize">S: the side in pixels if it is less than 32.</param>
    /// <param name="prepared">Its value range says which values become 0 and 1. Null: the range of each image's type.</param>
    /// <returns>(M, C·side²) on the CPU; owned by the caller.</returns>
    /// <exception cref="InvalidDataException">No image can be read, or more than half are damaged.</exception>
    /// <exception cref="IOException">A file cannot be read. An unavailable file is not damaged (<see cref="RetryingDataset"/>).</exception>
    public Features Pixels(int imageSize, Preprocessing? prepared = null) =>
        Collect(PixelBatches(imageSize, prepared), images => images.flatten(1), null, default);

    /// <summary>The pixels as features, batch by batch. Memory does not grow with the number of images.</summary>
    /// <param name="imageSize">S: the side in pixels if it is less than 32.</param>
    /// <param name="prepared">Its value range says which values become 0 and 1. Null: the range of each image's type.</param>
    /// <returns>The batches in order, with values (R, C, side, side); each is owned by the caller.</returns>
    public IEnumerable<FeatureBatch> PixelBatches(int imageSize, Preprocessing? prepared = null)
    {
        int side = Math.Min(imageSize, PixelSide);
        prepared ??= new Preprocessing();
        var own = Images(ChosenChannels.Of(data, prepared.Decoding), prepared with
        {
            ImageSize = side,
            Interpolation = Interpolation.Bilinear,
            Mean = [],
            StandardDeviation = [],
        }, 0);
        return ranks.Size == 1 ? own : OfAllRanks(own, 0, BatchSize(side));
    }

    private FeatureBatch Finite(FeatureBatch batch)
    {
        using var scope = NewDisposeScope();
        var values = batch.Values;
        if (values.numel() == 0 || values.sum().isfinite().item<bool>()) return batch;
        var broken = values.isfinite().flatten(1).all(1).logical_not().nonzero(); // a sum of finite numbers may overflow
        if (broken.shape[0] == 0) return batch;
        int image = batch.Readable[(int)broken[0, 0].item<long>()];
        batch.Dispose();
        throw NotFinite(data.Describe(image));
    }

    /// <summary>The refusal of features that are not finite.</summary>
    internal static InvalidDataException NotFinite(string image) => new($"The encoder's output for {image} is not finite. Its training " +
        $"diverged, or its weights are for other inputs. Use an earlier checkpoint.");

    private static Tensor Forward(Func<Tensor, Tensor> encoder, Tensor images, Device device)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return (images.shape[0] == 0 ? empty(0, 0) : encoder(images.to(device)).cpu()).DetachFromDisposeScope();
    }

    private Features Collect(
        IEnumerable<FeatureBatch> batches, Func<Tensor, Tensor> rows, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        using var features = new RowAccumulator(data.Count);
        var indices = new List<int>();
        foreach (var batch in batches)
        {
            using (batch)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (batch.Readable.Count > 0)
                {
                    using var some = rows(batch.Values);
                    features.Add(some);
                }
                indices.AddRange(batch.Readable);
                progress?.Report(batch.End);
            }
        }
        if (indices.Count == 0) throw new InvalidDataException($"None of the {data.Count} images of {data.Name} can be read.");
        return new Features(features.Taken(), tensor([.. indices.Select(i => (long)data.Label(i))]))
        {
            Groups = named.Value is { } groups ? [.. indices.Select(groups.Of)] : null,
            Indices = indices,
        };
    }
}
