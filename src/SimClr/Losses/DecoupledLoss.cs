using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>
/// Decoupled contrastive learning (Yeh et al. 2021, arXiv 2110.06848, Eq. 5 and 6): NT-Xent without the positive in the denominator,
/// averaged over the 2N anchors of a batch. It depends less on the batch size.
/// </summary>
/// <remarks>
/// With S as for <see cref="NtXentLoss"/>, L = 1/(2N) Σᵢ (log Σₖ exp Sᵢₖ − S_{i,π(i)}). k runs over the 2N − 2 views of the other images:
/// both views of each, as in the paper's U_{i,k}. L may be negative. ∂L/∂u = (P + Pᵀ − 2Π) u/(2Nτ), where P is the softmax over those k.
/// Tiles, memory, ranks and thread safety are as for NT-Xent.
/// Departures: the paper sums over anchors, and this loss is the mean. The paper's weighting of the positives by a von Mises-Fisher density
/// (DCLW, Eq. 7) is not implemented.
/// </remarks>
/// <param name="temperature">τ, in [0.001, 1000]; the paper uses 0.1 for ImageNet and 0.07 for CIFAR.</param>
/// <exception cref="ArgumentOutOfRangeException">The temperature is outside this range.</exception>
public sealed class DecoupledLoss(double temperature) : IContrastiveLoss
{
    private readonly TiledSoftmaxLoss tiled = new(temperature, decoupled: true);

    /// <summary><c>decoupled</c>.</summary>
    public string Name => "decoupled";

    /// <summary>True.</summary>
    public bool TakesSmallCrops => true;

    /// <summary>True.</summary>
    public bool CanEnqueue => true;

    /// <summary>Computes the loss, its gradient and the contrastive accuracy.</summary>
    /// <param name="z">
    /// (2N, d) float32 or float64, not normalised. Rows i and i + N are the two views of image i. Borrowed; no graph is recorded.
    /// </param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="ArgumentException">The shape is not (2N, d) with N ≥ 2 (one image has no negatives).</exception>
    /// <exception cref="InvalidDataException">A value is not finite.</exception>
    public LossResult Compute(Tensor z) => Compute(z, 0);

    /// <summary>
    /// The loss with small crops. A small crop is an anchor. Its negatives are the 2N − 2 views of the other images, and its positives are
    /// both views of its own image: ℓ = log Σₖ exp Sₖ − ½(S_i + S_{i+N}). It is not a candidate of other anchors. L is the mean over the (2
    /// + n)N anchors. This is not in the paper.
    /// </summary>
    /// <param name="z">
    /// ((2 + n)N, d): the two views as for <see cref="Compute(Tensor)"/>, then the first small crop of every image (N), the second one, and
    /// so on.
    /// </param>
    /// <param name="smallCrops">n, small crops of an image, at least 0.</param>
    /// <returns>Owned by the caller. Accuracy and entropy are those of the 2N views.</returns>
    /// <exception cref="ArgumentException">The shape of z is not ((2 + n)N, d) with N ≥ 2.</exception>
    /// <exception cref="InvalidDataException">A value is not finite.</exception>
    public LossResult Compute(Tensor z, int smallCrops) => Compute(new ProjectionBatch(z, indices: [], smallCrops));

    /// <inheritdoc/>
    /// <remarks>As for <see cref="NtXentLoss.Compute(ProjectionBatch)"/>.</remarks>
    /// <exception cref="InvalidDataException">
    /// The host may read, and a value is not finite. If the host may not read, the gradient is then not finite either.
    /// </exception>
    public LossResult Compute(ProjectionBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return tiled.Compute(batch);
    }
}
