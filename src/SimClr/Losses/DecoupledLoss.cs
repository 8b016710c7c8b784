using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>
/// Decoupled contrastive learning (Yeh et al. 2021, arXiv 2110.06848, Eq. 5 and 6): NT-Xent without the positive in the denominator, averaged over the 2N
/// anchors of a batch. It depends less on the size of the batch.
/// </summary>
/// <remarks>
/// With S as for <see cref="NtXentLoss"/>, L = 1/(2N) Σᵢ (log Σₖ exp Sᵢₖ − S_{i,π(i)}), k over the 2N − 2 views of the other images: both views of each,
/// as in the paper's U_{i,k}. L may be negative. ∂L/∂u = (P + Pᵀ − 2Π) u/(2Nτ) with P the softmax over those k, so tiles, memory and ranks are NT-Xent's, and so
/// is the safety of threads. The paper sums over anchors; this is the mean. Its weighting of the positives by a von Mises-Fisher density (DCLW, Eq. 7) is left out.
/// </remarks>
/// <param name="temperature">τ, in [0.001, 1000]; the paper has 0.1 for ImageNet and 0.07 for CIFAR.</param>
/// <exception cref="ArgumentOutOfRangeException">It is outside.</exception>
public sealed class DecoupledLoss(double temperature) : IContrastiveLoss
{
    private readonly TiledSoftmaxLoss tiled = new(temperature, decoupled: true);

    /// <summary><c>decoupled</c>.</summary>
    public string Name => "decoupled";

    /// <summary>Yes.</summary>
    public bool TakesSmallCrops => true;

    /// <summary>Yes.</summary>
    public bool CanEnqueue => true;

    /// <summary>Computes the loss, its gradient and how well the pairs are told from the negatives.</summary>
    /// <param name="z">(2N, d) float32 or float64, not normalised; rows i and i + N are the two views of image i. Borrowed; no graph is recorded.</param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="ArgumentException">The shape is not (2N, d) with N ≥ 2 (one image has no negatives).</exception>
    /// <exception cref="InvalidDataException">A value is not finite.</exception>
    public LossResult Compute(Tensor z) => Compute(z, 0);

    /// <summary>
    /// The loss with small crops. A small crop is an anchor whose negatives are the 2N − 2 views of the other images and whose positives are both views of its
    /// own: ℓ = log Σₖ exp Sₖ − ½(S_i + S_{i+N}); it is no other's candidate. L is the mean over the (2 + n)N anchors. Not in the paper.
    /// </summary>
    /// <param name="z">((2 + n)N, d): the two views as for <see cref="Compute(Tensor)"/>, then the images' first small crops (N), their second ones, and so on.</param>
    /// <param name="smallCrops">n, small crops of an image, at least 0.</param>
    /// <returns>Owned by the caller; accuracy and entropy are the 2N views'.</returns>
    /// <exception cref="ArgumentException">The shape of z is not ((2 + n)N, d) with N ≥ 2.</exception>
    /// <exception cref="InvalidDataException">A value is not finite.</exception>
    public LossResult Compute(Tensor z, int smallCrops) => Compute(new ProjectionBatch(z, indices: [], smallCrops));

    /// <inheritdoc/>
    /// <remarks>As for <see cref="NtXentLoss.Compute(ProjectionBatch)"/>.</remarks>
    /// <exception cref="InvalidDataException">The host may read, and a value is not finite. Where it may not, the gradient is not finite either.</exception>
    public LossResult Compute(ProjectionBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return tiled.Compute(batch);
    }
}
