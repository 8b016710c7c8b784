using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>
/// NT-Xent, the normalised temperature-scaled cross entropy (SimCLR, Eq. 1), averaged over the 2N anchors of a batch,
/// with its gradient in closed form. Exact in O(N·d) memory: a tile of the similarities exists at a time.
/// </summary>
/// <remarks>
/// With u = z/‖z‖, S = u uᵀ/τ without its diagonal, P its row-wise softmax and Π the permutation that swaps the two
/// views, L = 1/(2N) Σᵢ (log Σₖ exp Sᵢₖ − S_{i,π(i)}) and ∂L/∂u = (P + Pᵀ − 2Π) u/(2Nτ). One pass over the tiles of S
/// gives the log-sums lᵢ of its rows; with them a second one has P and Pᵀ from the same element, as exp(Sᵢₖ − lᵢ) + exp(Sᵢₖ − lₖ).
/// Google's code sums the two directions instead of averaging over 2N anchors: its loss is twice this one.
/// Safe to use from several threads at once on a CPU; on a GPU it is for one, as it sets for the time that products are not rounded to TF32, in the whole process.
/// </remarks>
/// <param name="temperature">τ, in [0.001, 1000]; 0.5 suits long training on CIFAR-10, 0.1 ImageNet (SimCLR, B.9 and Table 5).</param>
/// <exception cref="ArgumentOutOfRangeException">It is outside.</exception>
public sealed class NtXentLoss(double temperature) : IContrastiveLoss
{
    private readonly TiledSoftmaxLoss tiled = new(temperature, decoupled: false);

    /// <summary><c>nt-xent</c>.</summary>
    public string Name => "nt-xent";

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
    /// The loss with small crops. A small crop is an anchor whose candidates are the 2N views and whose positives are both views of
    /// its image: ℓ = log Σₖ exp Sₖ − ½(S_i + S_{i+N}); it is no other's candidate. L is the mean over the (2 + n)N anchors. Not in
    /// SimCLR; with n = 0 this is Eq. 1.
    /// </summary>
    /// <param name="z">((2 + n)N, d): the two views as for <see cref="Compute(Tensor)"/>, then the images' first small crops (N), their second ones, and so on.</param>
    /// <param name="smallCrops">n, small crops of an image, at least 0.</param>
    /// <returns>Owned by the caller; accuracy and entropy are the 2N views'.</returns>
    /// <exception cref="ArgumentException">The shape of z is not ((2 + n)N, d) with N ≥ 2.</exception>
    /// <exception cref="InvalidDataException">A value is not finite.</exception>
    public LossResult Compute(Tensor z, int smallCrops) => Compute(new ProjectionBatch(z, indices: [], smallCrops));

    /// <inheritdoc/>
    /// <remarks>The own images' rows are the anchors: the other ranks' are candidates alone. Ranks exchange the log-sums of their rows.</remarks>
    /// <exception cref="InvalidDataException">The host may read, and a value is not finite. Where it may not, the gradient is not finite either.</exception>
    public LossResult Compute(ProjectionBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return tiled.Compute(batch);
    }

    /// <summary>ℓ of every anchor by itself (Eq. 1), whose mean is the loss: how hard a view is to match with its partner among all others.</summary>
    /// <param name="z">As for <see cref="Compute(Tensor)"/>; borrowed.</param>
    /// <returns>(2N) of z's type, in nats; the caller's.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Compute(Tensor)"/>.</exception>
    public Tensor PerAnchor(Tensor z) => tiled.PerAnchor(new ProjectionBatch(z, indices: []));
}
