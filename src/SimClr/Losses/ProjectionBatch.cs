using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>The projections of a batch on all ranks: the input of an <see cref="IContrastiveLoss"/>.</summary>
public sealed class ProjectionBatch
{
    private readonly Lazy<IReadOnlyList<int>> indices;

    /// <summary>A batch of a single process, which has all images.</summary>
    /// <param name="z">
    /// ((2 + n)N, d) float32 or float64, not normalised, N ≥ 2; borrowed. The first views of all images, then their second views, then
    /// their small crops: the first of each image, then the second, and so on.
    /// </param>
    /// <param name="indices">(2N): see <see cref="Indices"/>.</param>
    /// <param name="smallCrops">n, the small crops of an image.</param>
    /// <exception cref="ArgumentOutOfRangeException">n is negative.</exception>
    /// <exception cref="ArgumentException">z has another shape, or N is 1: one image has no negatives.</exception>
    public ProjectionBatch(Tensor z, IReadOnlyList<int> indices, int smallCrops = 0) : this(z, () => indices, smallCrops)
    {
    }

    internal ProjectionBatch(Tensor z, Func<IReadOnlyList<int>> indices, int smallCrops = 0)
    {
        ArgumentNullException.ThrowIfNull(z);
        ArgumentOutOfRangeException.ThrowIfNegative(smallCrops);
        int views = 2 + smallCrops;
        if (z.dim() != 2 || z.shape[0] < views || z.shape[0] % views != 0)
            throw new ArgumentException($"Projections must be ({views}N, d) with N ≥ 1; " +
                $"these are ({string.Join(", ", z.shape)}).", nameof(z));
        TotalImages = (int)(z.shape[0] / views);
        if (TotalImages == 1)
            throw new ArgumentException("The views of one image have no negatives: " +
                "there is nothing to tell them from without a second image.", nameof(z));
        (Z, SmallCrops, Images, this.indices) = (z, smallCrops, TotalImages, new(indices));
    }

    /// <summary>
    /// The projections z ((2 + n)N, d) of all ranks, without a graph and the same on every rank; borrowed. Rows i, i + N, i + 2N, … show
    /// the same image.
    /// </summary>
    public Tensor Z { get; }

    /// <summary>
    /// The targets (2N, T) of all ranks, in the order and dtype of z, from <see cref="IContrastiveLoss.Targets"/>; borrowed. Null: none.
    /// </summary>
    public Tensor? Targets { get; init; }

    /// <summary>n, the small crops of an image. Their rows follow the 2N rows of the views.</summary>
    public int SmallCrops { get; }

    /// <summary>N, the images of the batch on all ranks together.</summary>
    public int TotalImages { get; }

    /// <summary>The first image of this rank, in [0, N).</summary>
    public int FirstImage { get; init; }

    /// <summary>m, the images of this rank.</summary>
    public int Images { get; init; }

    /// <summary>The temperature τ of the run.</summary>
    public double Temperature { get; init; } = 0.5;

    /// <summary>
    /// Whether the host may wait for a value of a tensor. False only on one rank, without small crops, for a loss with
    /// <see cref="IContrastiveLoss.CanEnqueue"/>.
    /// </summary>
    public bool HostMayRead { get; init; } = true;

    /// <summary>
    /// Sums a float32, float64 or int64 tensor on z's device over all ranks, in place. A collective: all ranks call it, or none. With one
    /// rank it does nothing.
    /// </summary>
    public Action<Tensor> SumOverRanks { get; init; } = static _ => { };

    /// <summary>
    /// (2N): the indices in the data set of the images that the 2N views show, for losses that use labels. Entries i and i + N are of one
    /// image, or of two images of a group. The first read gathers them from all ranks. A collective: all ranks read them, or none.
    /// </summary>
    public IReadOnlyList<int> Indices => indices.Value;

    internal AnchorRows Anchors => new(FirstImage, Images, TotalImages);

    /// <summary>The rows of this rank's images, from a tensor with the rows of all images in the order of z.</summary>
    /// <param name="rows">(V·N, …), V ≥ 1; borrowed.</param>
    /// <returns>(V·m, …); owned by the caller. Rows i, i + m, … are those of image <see cref="FirstImage"/> + i.</returns>
    public Tensor Own(Tensor rows) => Anchors.Of(rows);

    /// <summary>
    /// The <see cref="LossResult.Figures"/> for a loss without a contrastive accuracy of its own: those of NT-Xent's softmax over all
    /// views. They cost as much as NT-Xent.
    /// </summary>
    /// <param name="loss">L, one value; borrowed.</param>
    /// <returns>(4) float64; owned by the caller.</returns>
    public Tensor Figures(Tensor loss)
    {
        using var scope = NewDisposeScope();
        using var contrast = new TiledSoftmaxLoss(Temperature, decoupled: false)
            .Compute(new ProjectionBatch(Z.narrow(0, 0, 2L * TotalImages), indices: []) { HostMayRead = HostMayRead });
        var others = contrast.Figures.narrow(0, 1, 3);
        return cat([loss.detach().to(float64).to(others.device).reshape(1), others]).MoveToOuterDisposeScope();
    }

    // Entries that another rank computes are 0 here.
    internal void Sum(double[] values)
    {
        if (Images == TotalImages) return;
        using var sums = tensor(values, device: Z.device);
        SumOverRanks(sums);
        using var known = sums.cpu();
        known.data<double>().CopyTo(values);
    }
}
