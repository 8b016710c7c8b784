using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>
/// NT-Xent, the normalised temperature-scaled cross entropy (SimCLR, Eq. 1), averaged over the 2N anchors of a batch, with its gradient in
/// closed form. It is exact and needs O(N·d) memory: only tiles of the similarities exist at a time.
/// </summary>
/// <remarks>
/// Let u = z/‖z‖, S = u uᵀ/τ without its diagonal, P its row-wise softmax and Π the permutation that swaps the two views. Then L = 1/(2N)
/// Σᵢ (log Σₖ exp Sᵢₖ − S_{i,π(i)}) and ∂L/∂u = (P + Pᵀ − 2Π) u/(2Nτ). A first pass over the tiles of S gives the log-sums lᵢ of its rows.
/// A second pass computes P + Pᵀ from each element, as exp(Sᵢₖ − lᵢ) + exp(Sᵢₖ − lₖ). Google's code sums the two directions instead of
/// averaging over 2N anchors, so its loss is twice this one.
/// On a CPU several threads may call it at once. On a GPU only one thread may: it turns off TF32 for the whole process while it runs.
/// </remarks>
/// <param name="temperature">τ, in [0.001, 1000]; 0.5 suits long training on CIFAR-10, 0.1 ImageNet (SimCLR, B.9 and Table 5).</param>
/// <exception cref="ArgumentOutOfRangeException">The temperature is outside this range.</exception>
public sealed class NtXentLoss(double temperature) : IContrastiveLoss
{
    private readonly TiledSoftmaxLoss tiled = new(temperature, decoupled: false);

    /// <summary><c>nt-xent</c>.</summary>
    public string Name => "nt-xent";

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
    /// The loss with small crops. A small crop is an anchor. Its candidates are the 2N views, and its positives are both views of its
    /// image: ℓ = log Σₖ exp Sₖ − ½(S_i + S_{i+N}). It is not a candidate of other anchors. L is the mean over the (2 + n)N anchors. This
    /// is not in SimCLR; with n = 0 it is Eq. 1.
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
    /// <remarks>
    /// The anchors are the rows of this rank's images. The rows of other ranks are only candidates. Ranks exchange the log-sums of their
    /// rows.
    /// </remarks>
    /// <exception cref="InvalidDataException">
    /// The host may read, and a value is not finite. If the host may not read, the gradient is then not finite either.
    /// </exception>
    public LossResult Compute(ProjectionBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return tiled.Compute(batch);
    }

    /// <summary>
    /// The loss ℓ of every anchor (Eq. 1): how hard it is to match a view with its partner among all others. L is its mean.
    /// </summary>
    /// <param name="z">As for <see cref="Compute(Tensor)"/>; borrowed.</param>
    /// <returns>(2N) of the type of z, in nats; owned by the caller.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Compute(Tensor)"/>.</exception>
    public Tensor PerAnchor(Tensor z) => tiled.PerAnchor(new ProjectionBatch(z, indices: []));
}
