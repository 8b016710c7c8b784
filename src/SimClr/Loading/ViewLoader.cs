using System.Collections.Concurrent;
using SimClr.Datasets;
using SimClr.Images;
using SimClr.Rendering;
using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Loading;

/// <summary>
/// Batches of views, made ahead of the trainer by the loader's own threads: up to four batches and 512 MB, but at least one batch. Order
/// and views depend on (seed, epoch, image) alone. They do not depend on the number of threads, or on where reading began.
/// </summary>
/// <remarks>
/// <para>A damaged image is replaced by the next readable image at the same place of another batch of the epoch. So it is not in the batch
/// already, unless no other image is left. <see cref="ViewBatch.Indices"/> says what is shown. The rule depends only on the seed, the epoch
/// and which images are damaged. So a resumed run, and other numbers of threads, ranks or micro-batches, show the same images. If an image
/// is damaged or repaired during a run, the replacements change from its next reading on. An image found damaged stays so for this
/// loader.</para>
/// <para>The threads have a lower priority than the trainer's (a niceness of 5, on Linux): they use the time that the trainer
/// leaves.</para>
/// <para>Several passes may run at once; each is for one thread.</para>
/// </remarks>
public sealed partial class ViewLoader
{
    private readonly IImageDataset data;
    private readonly ViewPolicy policy;
    private readonly Preprocessing preprocessing;
    private readonly int batchSize;
    private readonly long seed;
    private readonly BadImagePolicy onBadImage;
    private readonly AugmentationList augmentations = AugmentationList.None;
    private readonly ConcurrentDictionary<int, BadImage> badImages = new();
    private readonly byte[] seenGood; // 1 for each image that was read
    private long good; // the number of these

    /// <summary>Prepares loading. Reads no images.</summary>
    /// <param name="data">The images; borrowed.</param>
    /// <param name="policy">The distribution of the views.</param>
    /// <param name="preprocessing">How views are resized and normalised, and S.</param>
    /// <param name="batchSize">N, in [1, number of images].</param>
    /// <param name="seed">The same seed gives the same order and views.</param>
    /// <param name="threads">Threads that read and render, at least 1.</param>
    /// <param name="onBadImage">What happens when an image is damaged.</param>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public ViewLoader(IImageDataset data, ViewPolicy policy, Preprocessing preprocessing, int batchSize, long seed, int threads = 1,
        BadImagePolicy onBadImage = BadImagePolicy.Skip)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(preprocessing);
        policy.Validate();
        preprocessing.Validate(data.Channels);
        ArgumentOutOfRangeException.ThrowIfLessThan(preprocessing.ImageSize, 8);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        if (batchSize > data.Count)
            throw new ArgumentException(
                $"A batch needs {batchSize} images, but {data.Name} has only {data.Count}.", nameof(batchSize));
        (this.data, this.policy, this.preprocessing, this.batchSize) =
            (data, policy.For(preprocessing.ImageSize), preprocessing, batchSize);
        (this.seed, Threads, this.onBadImage) = (seed, threads, onBadImage);
        seenGood = new byte[data.Count];
    }

    /// <summary>
    /// The part of every batch that is made: of <c>Of</c> equal parts of N images, part <c>Rank</c>, from 0. In micro-batches it is that
    /// part of each. Default the whole batch, (0, 1). A view is the same in any part.
    /// </summary>
    /// <exception cref="ArgumentException">N is not divisible by the number of parts, or the part does not exist.</exception>
    public (int Rank, int Of) Share
    {
        get;
        init => field = value.Of >= 1 && value.Rank >= 0 && value.Rank < value.Of && batchSize % value.Of == 0
            ? value
            : throw new ArgumentException(
                $"A batch of {batchSize} images has no share {value.Rank} of {value.Of} equal ones (shares count from 0).", nameof(value));
    } = (0, 1);

    /// <summary>
    /// m, the largest number of images whose views exist at once, over all parts; 0 (the default): the whole batch. Below N, a batch comes
    /// as ⌈N/m⌉ micro-batches, whose sizes differ by at most 1 in each part. Then the same micro-batches come again, with the same views,
    /// for gradient caching.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int MicroBatchSize
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The micro-batch size " +
            "must be 0 (the whole batch) or at least 1.");
    }

    /// <summary>
    /// V, the views per image: 2 (the default) for contrastive pretraining, 1 for supervised training. The first view is the same in both
    /// cases.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is neither 1 nor 2.</exception>
    public int ViewsPerImage
    {
        get;
        init => field = value is 1 or 2 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "An image gives 1 view or 2.");
    } = 2;

    /// <summary>The small crops of every image beside its views. Default none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public SmallCropOptions SmallCrops
    {
        get;
        init
        {
            value.Validate();
            field = value.For(ImageSize);
        }
    } = new();

    /// <summary>
    /// Augmentations of your own, borrowed. They are applied in this order to every view and small crop, after the policy's steps and
    /// before normalisation. Default none.
    /// </summary>
    /// <exception cref="ArgumentException">A name is empty or a duplicate, or <see cref="IAugmentation.Numbers"/> is negative.</exception>
    public IReadOnlyList<IAugmentation> Augmentations
    {
        get => augmentations.Steps;
        init => augmentations = new AugmentationList(value);
    }

    /// <summary>
    /// The number of images that are shuffled among each other; 0 (the default) for all. A window reads data larger than memory nearly in
    /// order.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int ShuffleWindow
    {
        get;
        init => field = value >= 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "The window of the shuffle must be 0 (all images) or positive.");
    }

    /// <summary>
    /// Whether a JPEG much larger than its views may be decoded at ½, ¼ or ⅛ of its size. At least two pixels must remain beneath every
    /// pixel of both views, in each direction. The crops are then at multiples of 2, 4 or 8 pixels of the file, moved by at most half of
    /// that. Default false.
    /// </summary>
    public bool ReducedDecoding { get; init; }

    /// <summary>
    /// The device that renders the views with tensor operations, when a batch is taken. Null (the default): the loader's threads render
    /// them with the CPU's vector instructions. The views are equal within 1e-4.
    /// </summary>
    public Device? RenderOn { get; init; }

    /// <summary>
    /// All images of the data set in the memory of <see cref="RenderOn"/>, borrowed: no file is read any more. Null (the default): the
    /// images of up to two batches are decoded ahead, and moved to the device when they are taken; to a GPU through pinned memory.
    /// </summary>
    public DeviceImages? Resident { get; init; }

    /// <summary>
    /// Batches per epoch: ⌊images/N⌋, or ⌊groups/N⌋ with <see cref="Groups"/>. The images left over differ from epoch to epoch.
    /// </summary>
    public int BatchesPerEpoch => Items / batchSize;

    internal int ImageSize => preprocessing.ImageSize;

    internal int Channels => data.Channels;

    internal int Threads { get; }

    /// <summary>The number of parts that a step takes, in order. Each is made separately.</summary>
    internal int PartsOfStep => MicroBatches == 1 ? 1 : 2 * MicroBatches;

    /// <summary>The number of images in the largest part.</summary>
    internal int LargestPart => (ImagesOfBatch + MicroBatches - 1) / MicroBatches;

    private int ImagesOfBatch => batchSize / Share.Of;

    private int MicroBatches => Math.Min(ImagesOfBatch, MicroBatchesOf(batchSize, MicroBatchSize));

    /// <summary>The number of micro-batches in a batch.</summary>
    /// <param name="batchSize">N.</param>
    /// <param name="microBatchSize">The most images of one; 0 for the whole batch.</param>
    internal static int MicroBatchesOf(int batchSize, int microBatchSize) =>
        microBatchSize == 0 ? 1 : (batchSize + microBatchSize - 1) / microBatchSize;

    /// <summary>The damaged images found so far, each once.</summary>
    public IReadOnlyCollection<BadImage> BadImages => [.. badImages.Values.OrderBy(b => b.Index)];

    /// <summary>
    /// The batches of the steps <paramref name="first"/> to <paramref name="end"/> − 1 of a run, epoch after epoch; the next epoch's
    /// batches are made while the last one's are taken. Each comes in micro-batches if <see cref="MicroBatchSize"/> says so. Each batch is
    /// owned by the caller. The end of the enumeration stops the threads and frees batches that were made ahead.
    /// </summary>
    /// <param name="first">
    /// The first step of a run, or of its resumption, from 0. Step s belongs to epoch ⌊s/<see cref="BatchesPerEpoch"/>⌋.
    /// </param>
    /// <param name="end">The step after the last one.</param>
    /// <exception cref="ConfigurationException">A device renders the views, and an augmentation has no tensor form.</exception>
    /// <exception cref="InvalidDataException">
    /// An image is damaged and the policy is to fail; or no image can be read; or more than half of those tried are damaged.
    /// </exception>
    /// <exception cref="IOException">
    /// An image's file cannot be read. An unavailable image is not damaged: <see cref="RetryingDataset"/> waits for it.
    /// </exception>
    public IEnumerable<ViewBatch> Batches(long first, long end)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfLessThan(end, first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(end / BatchesPerEpoch, int.MaxValue, nameof(end));
        if (Groups is not null && ViewsPerImage != 2)
            throw new InvalidOperationException("A pair of a group has two views, and ViewsPerImage is 1.");
        if (RenderOn is not null) TensorAugmentations.Require(augmentations, RenderOn);
        return Made();

        IEnumerable<ViewBatch> Made()
        {
            using var production = new BatchPrefetcher(this, first, end);
            while (production.Take() is { } batch) yield return batch;
        }
    }

    /// <summary>The <see cref="Batches"/> of one epoch.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="skip">The number of batches to skip at the start, for a resumed run.</param>
    public IEnumerable<ViewBatch> Epoch(int epoch, int skip = 0) =>
        Batches((long)epoch * BatchesPerEpoch + skip, (epoch + 1L) * BatchesPerEpoch);

    internal ViewSampler NewRenderer(DecodedImageCache kept) =>
        new(data, policy, preprocessing, ViewsPerImage, SmallCrops, seed, ReducedDecoding, kept, augmentations);
}
