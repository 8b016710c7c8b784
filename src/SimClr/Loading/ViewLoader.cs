using System.Collections.Concurrent;
using SimClr.Datasets;
using SimClr.Images;
using SimClr.Rendering;
using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Loading;

/// <summary>
/// Batches of views, made ahead of the trainer by threads of its own: up to four batches, within 512 MB, but one at least. Order and
/// views depend on (seed, epoch, image) alone: not on the number of threads, nor on where the reading began.
/// </summary>
/// <remarks>
/// <para>In the place of a damaged image another one is shown: the next readable one that has the same place in another batch of the epoch, so it is not in
/// the batch already, unless the data have none left. <see cref="ViewBatch.Indices"/> says what is shown. The rule knows nothing but seed, epoch and which
/// images are damaged, so a resumed run and other numbers of threads, ranks or micro-batches show the same; an image that is damaged or mended while a run is at
/// work changes what is shown from the next reading of it on. Once found damaged an image stays so for this loader.</para>
/// <para>The threads have a lower priority than the trainer's (a niceness of 5, on Linux): they take what it leaves, and all while it waits.</para>
/// <para>Several readings may go on at once; each is for one thread.</para>
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
    private long good; // how many those are

    /// <summary>Prepares loading; reads no image.</summary>
    /// <param name="data">The images; borrowed.</param>
    /// <param name="policy">What views are drawn from.</param>
    /// <param name="preprocessing">How views are resized and normalised, and S.</param>
    /// <param name="batchSize">N, in [1, number of images].</param>
    /// <param name="seed">Same seed, same order and views.</param>
    /// <param name="threads">Threads that read and render, at least 1.</param>
    /// <param name="onBadImage">What a damaged image does.</param>
    /// <exception cref="ArgumentException">A value is outside its range.</exception>
    public ViewLoader(IImageDataset data, ViewPolicy policy, Preprocessing preprocessing, int batchSize, long seed, int threads = 1, BadImagePolicy onBadImage = BadImagePolicy.Skip)
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
            throw new ArgumentException($"A batch of {batchSize} images cannot be filled from {data.Name}, which has {data.Count}.", nameof(batchSize));
        (this.data, this.policy, this.preprocessing, this.batchSize) = (data, policy.For(preprocessing.ImageSize), preprocessing, batchSize);
        (this.seed, Threads, this.onBadImage) = (seed, threads, onBadImage);
        seenGood = new byte[data.Count];
    }

    /// <summary>
    /// Which part of every batch is made: of N images in <c>Of</c> equal parts, one after the other, part <c>Rank</c>, from 0; of a batch in micro-batches
    /// that part of each. Default the whole, (0, 1). A view is the same in whichever part it is.
    /// </summary>
    /// <exception cref="ArgumentException">N does not divide into the parts, or there is no such part.</exception>
    public (int Rank, int Of) Share
    {
        get;
        init => field = value.Of >= 1 && value.Rank >= 0 && value.Rank < value.Of && batchSize % value.Of == 0
            ? value
            : throw new ArgumentException($"A batch of {batchSize} images has no part {value.Rank} of {value.Of} equal ones, counted from 0.", nameof(value));
    } = (0, 1);

    /// <summary>
    /// m, the most images whose views exist at once in all parts together; 0 (the default): all of a batch. Below N a batch comes as ⌈N/m⌉
    /// micro-batches, whose parts' sizes differ by at most 1, and then the same again, views and all: what gradient caching takes.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int MicroBatchSize
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The micro-batch size must be 0 (the whole batch) or at least 1.");
    }

    /// <summary>V, the views that every image gives: 2 (the default) for the contrast of pretraining, 1 for supervised training. The first view is the same either way.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is another number.</exception>
    public int ViewsPerImage
    {
        get;
        init => field = value is 1 or 2 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "An image gives 1 view or 2.");
    } = 2;

    /// <summary>Small crops that every image gives beside its views. Default none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public SmallCropOptions SmallCrops
    {
        get;
        init
        {
            value.Validate();
            field = value.For(ImageSize);
        }
    } = new();

    /// <summary>Augmentations of your own, borrowed: applied in this order to every view and small crop, after the policy's steps and before normalisation. Default none.</summary>
    /// <exception cref="ArgumentException">A name is empty or there twice, or <see cref="IAugmentation.Numbers"/> is negative.</exception>
    public IReadOnlyList<IAugmentation> Augmentations
    {
        get => augmentations.Steps;
        init => augmentations = new AugmentationList(value);
    }

    /// <summary>Images that are shuffled among each other, so that data larger than memory are read nearly in their order; 0 (the default) for all.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int ShuffleWindow
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The window of the shuffle must be 0 (all images) or positive.");
    }

    /// <summary>
    /// Whether a JPEG much larger than its views may be decoded at ½, ¼ or ⅛ of its size: as small as leaves each way two pixels beneath
    /// every pixel of both views. The crops then lie on multiples of 2, 4 or 8 of the file's pixels, moved by at most half of that. Default false.
    /// </summary>
    public bool ReducedDecoding { get; init; }

    /// <summary>
    /// The device that makes the views by tensor operations out of decoded images, when a batch is taken; null (the default): the loader's threads do,
    /// with the CPU's vector units. The views are the same within 1e-4.
    /// </summary>
    public Device? RenderOn { get; init; }

    /// <summary>
    /// All images of the data set in the memory of <see cref="RenderOn"/>, borrowed: nothing is read any more. Null (the default): the images of up
    /// to two batches are decoded ahead, and go there when they are taken, to a GPU by pinned memory.
    /// </summary>
    public DeviceImages? Resident { get; init; }

    /// <summary>Whole batches in an epoch: ⌊images/N⌋, with <see cref="Groups"/> ⌊groups/N⌋. What is left over differs from epoch to epoch.</summary>
    public int BatchesPerEpoch => Items / batchSize;

    internal int ImageSize => preprocessing.ImageSize;

    internal int Channels => data.Channels;

    internal int Threads { get; }

    /// <summary>What a step takes, in order: each is made by itself.</summary>
    internal int PartsOfStep => MicroBatches == 1 ? 1 : 2 * MicroBatches;

    /// <summary>Images of the largest part.</summary>
    internal int LargestPart => (ImagesOfBatch + MicroBatches - 1) / MicroBatches;

    private int ImagesOfBatch => batchSize / Share.Of;

    private int MicroBatches => MicroBatchSize == 0 ? 1 : Math.Min(ImagesOfBatch, (batchSize + MicroBatchSize - 1) / MicroBatchSize);

    /// <summary>The damaged images met so far, each once.</summary>
    public IReadOnlyCollection<BadImage> BadImages => [.. badImages.Values.OrderBy(b => b.Index)];

    /// <summary>
    /// The batches of the steps <paramref name="first"/> to <paramref name="end"/> − 1 of a run, epoch after epoch, the next epoch's made while
    /// the last one's are taken; each in micro-batches where <see cref="MicroBatchSize"/> says so. Each belongs to whoever enumerates; the
    /// enumeration's end stops the threads and frees what was made ahead.
    /// </summary>
    /// <param name="first">From 0: where a run begins or goes on. Step s belongs to epoch ⌊s/<see cref="BatchesPerEpoch"/>⌋.</param>
    /// <param name="end">The step after the last one.</param>
    /// <exception cref="ConfigurationException">A device renders the views, and an augmentation has no tensor form.</exception>
    /// <exception cref="InvalidDataException">An image is damaged and the policy is to fail, or no image can be read, or more than half of those tried are damaged.</exception>
    /// <exception cref="IOException">An image's file cannot be read: what is away is not damaged. <see cref="RetryingDataset"/> waits for it.</exception>
    public IEnumerable<ViewBatch> Batches(long first, long end)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfLessThan(end, first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(end / BatchesPerEpoch, int.MaxValue, nameof(end));
        if (Groups is not null && ViewsPerImage != 2) throw new InvalidOperationException("A pair of a group has two views, and ViewsPerImage is 1.");
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
    /// <param name="skip">Batches at the start that are not made: where a resumed run goes on.</param>
    public IEnumerable<ViewBatch> Epoch(int epoch, int skip = 0) =>
        Batches((long)epoch * BatchesPerEpoch + skip, (epoch + 1L) * BatchesPerEpoch);

    internal ViewSampler NewRenderer(DecodedImageCache kept) => new(data, policy, preprocessing, ViewsPerImage, SmallCrops, seed, ReducedDecoding, kept, augmentations);
}
