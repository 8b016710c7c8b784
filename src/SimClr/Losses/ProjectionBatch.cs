using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>The projections of a batch, of all ranks: what an <see cref="IContrastiveLoss"/> is given.</summary>
public sealed class ProjectionBatch
{
    private readonly Lazy<IReadOnlyList<int>> indices;

    /// <summary>A batch of one process alone: all images are its own.</summary>
    /// <param name="z">((2 + n)N, d) float32 or float64, not normalised, N ≥ 2: the images' first views, their second ones, then their small crops one after the other; borrowed.</param>
    /// <param name="indices">(2N): see <see cref="Indices"/>.</param>
    /// <param name="smallCrops">n, small crops of an image.</param>
    /// <exception cref="ArgumentOutOfRangeException">n is negative.</exception>
    /// <exception cref="ArgumentException">The shape of z is another, or N is 1: one image has no negatives.</exception>
    public ProjectionBatch(Tensor z, IReadOnlyList<int> indices, int smallCrops = 0) : this(z, () => indices, smallCrops)
    {
    }

    internal ProjectionBatch(Tensor z, Func<IReadOnlyList<int>> indices, int smallCrops = 0)
    {
        ArgumentNullException.ThrowIfNull(z);
        ArgumentOutOfRangeException.ThrowIfNegative(smallCrops);
        int views = 2 + smallCrops;
        if (z.dim() != 2 || z.shape[0] < views || z.shape[0] % views != 0)
            throw new ArgumentException($"Projections must be ({views}N, d) with N ≥ 1; these are ({string.Join(", ", z.shape)}).", nameof(z));
        TotalImages = (int)(z.shape[0] / views);
        if (TotalImages == 1) throw new ArgumentException("The views of one image have no negatives: there is nothing to tell them from without a second image.", nameof(z));
        (Z, SmallCrops, Images, this.indices) = (z, smallCrops, TotalImages, new(indices));
    }

    /// <summary>z ((2 + n)N, d) of all ranks, without a graph, the same on every rank. Rows i, i + N, i + 2N, … show the same image; borrowed.</summary>
    public Tensor Z { get; }

    /// <summary>n, small crops of an image, whose rows follow the 2N views'.</summary>
    public int SmallCrops { get; }

    /// <summary>N, images of the batch on all ranks together.</summary>
    public int TotalImages { get; }

    /// <summary>The first of this rank's own images, in [0, N).</summary>
    public int FirstImage { get; init; }

    /// <summary>m, this rank's own images.</summary>
    public int Images { get; init; }

    /// <summary>τ of the run's options.</summary>
    public double Temperature { get; init; } = 0.5;

    /// <summary>Whether the host may wait for a value of a tensor. False only for a loss with <see cref="IContrastiveLoss.CanEnqueue"/>, on one rank, without small crops.</summary>
    public bool HostMayRead { get; init; } = true;

    /// <summary>Adds a float32, float64 or int64 tensor on z's device to those of the other ranks, in place; a collective: all ranks call it, or none. Nothing on one rank.</summary>
    public Action<Tensor> SumOverRanks { get; init; } = static _ => { };

    /// <summary>
    /// (2N): the places in their data set of the images that the 2N views show, for losses that know labels. Entries i and i + N are of one image, or of two
    /// images of a group. The first look gathers them from all ranks; a collective: all ranks look, or none.
    /// </summary>
    public IReadOnlyList<int> Indices => indices.Value;

    internal AnchorRows Anchors => new(FirstImage, Images, TotalImages);

    /// <summary>This rank's own images' rows of a tensor that has all images' rows as z has them.</summary>
    /// <param name="rows">(V·N, …), V ≥ 1; borrowed.</param>
    /// <returns>(V·m, …): rows i, i + m, … are those of image <see cref="FirstImage"/> + i. The caller's.</returns>
    public Tensor Own(Tensor rows) => Anchors.Of(rows);

    /// <summary>The <see cref="LossResult.Figures"/> of a loss that has no contrastive accuracy of its own: those of NT-Xent's softmax over all views, which costs as much as NT-Xent.</summary>
    /// <param name="loss">L, one value; borrowed.</param>
    /// <returns>(4) float64; the caller's.</returns>
    public Tensor Figures(Tensor loss)
    {
        using var scope = NewDisposeScope();
        using var contrast = new TiledSoftmaxLoss(Temperature, decoupled: false)
            .Compute(new ProjectionBatch(Z.narrow(0, 0, 2L * TotalImages), indices: []) { HostMayRead = HostMayRead });
        var others = contrast.Figures.narrow(0, 1, 3);
        return cat([loss.detach().to(float64).to(others.device).reshape(1), others]).MoveToOuterDisposeScope();
    }

    // What another rank computes is 0 here.
    internal void Sum(double[] values)
    {
        if (Images == TotalImages) return;
        using var sums = tensor(values, device: Z.device);
        SumOverRanks(sums);
        using var known = sums.cpu();
        known.data<double>().CopyTo(values);
    }
}
