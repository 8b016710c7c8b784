using SimClr.Runtime;
using TorchSharp;
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
public sealed class NtXentLoss
{
    private const double NormFloor = 1e-12;   // as in torch.nn.functional.normalize

    private readonly double temperature;

    /// <summary>Makes the loss for one temperature.</summary>
    /// <param name="temperature">τ, in [0.001, 1000]; 0.5 suits long training on CIFAR-10, 0.1 ImageNet (SimCLR, B.9 and Table 5).</param>
    /// <exception cref="ArgumentOutOfRangeException">It is outside.</exception>
    public NtXentLoss(double temperature)
    {
        if (!(temperature is >= 0.001 and <= 1000))
            throw new ArgumentOutOfRangeException(nameof(temperature), temperature, "The temperature must lie in [0.001, 1000].");
        this.temperature = temperature;
    }

    /// <summary>Computes the loss, its gradient and how well the pairs are told from the negatives.</summary>
    /// <param name="z">(2N, d) float32 or float64, not normalised; rows i and i + N are the two views of image i. Borrowed; no graph is recorded.</param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="ArgumentException">The shape is not (2N, d) with N ≥ 2 (one image has no negatives).</exception>
    /// <exception cref="InvalidDataException">A value is not finite.</exception>
    public NtXentResult Compute(Tensor z) => Compute(z, 0);

    /// <summary>
    /// The loss with small crops, with negatives that an earlier batch left, or both. A small crop is an anchor whose candidates
    /// are the 2N views and whose positives are both views of its image: ℓ = log Σₖ exp Sₖ − ½(S_i + S_{i+N}); it is no other's
    /// candidate. The memory's rows are negatives of every anchor, in its sum over k, and get no gradient. L is the mean over
    /// the (2 + n)N anchors. Neither is in SimCLR; with n = 0 and no memory this is Eq. 1.
    /// </summary>
    /// <param name="z">((2 + n)N, d): the two views as for <see cref="Compute(Tensor)"/>, then the images' first small crops (N), their second ones, and so on.</param>
    /// <param name="smallCrops">n, small crops of an image, at least 0.</param>
    /// <param name="memory">(K, d) of z's type and on its device, rows of length 1; borrowed. One of K = 0 rows is still to be filled.</param>
    /// <returns>Owned by the caller; the metrics are the 2N views'.</returns>
    /// <exception cref="ArgumentException">The shape of z is not ((2 + n)N, d) with N ≥ 2, or N ≥ 1 with a memory; or the memory's rows have another length.</exception>
    /// <exception cref="InvalidDataException">A value is not finite.</exception>
    public NtXentResult Compute(Tensor z, int smallCrops, Tensor? memory = null) =>
        Compute(z, 0, ImagesOf(z, smallCrops, memory), _ => { }, smallCrops, memory);

    /// <summary>
    /// The part of <see cref="Compute(Tensor, int, Tensor?)"/> whose anchors are the views of some of the images: the others are
    /// candidates alone, and another process's anchors.
    /// </summary>
    /// <param name="z">All rows, the same in every process.</param>
    /// <param name="firstImage">The first image of these anchors.</param>
    /// <param name="images">m ≥ 1 of them.</param>
    /// <param name="exchange">Is given the log-sums (2N) of the views' rows, of which those of the 2m anchors are written, and writes those of the others.</param>
    /// <param name="smallCrops">n.</param>
    /// <param name="memory">(K, d), the same in every process; borrowed.</param>
    /// <returns>
    /// The gradient ((2 + n)m, d) of the whole loss, rows i, i + m, … being the views of image <paramref name="firstImage"/> + i; the
    /// other values are shares: their sums over all processes are the batch's.
    /// </returns>
    internal NtXentResult Compute(Tensor z, int firstImage, int images, Action<double[]> exchange, int smallCrops = 0, Tensor? memory = null)
    {
        var anchors = new AnchorRows(firstImage, images, ImagesOf(z, smallCrops, memory));
        if (memory is not null && (memory.dim() != 2 || memory.shape[1] != z.shape[1]))
            throw new ArgumentException($"The memory's rows must have z's {z.shape[1]} values; it is ({string.Join(", ", memory.shape)}).", nameof(memory));
        if (memory is { } unfilled && unfilled.shape[0] == 0) memory = null;
        using var exact = Float32Precision.Exact();
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        z = z.detach();
        int rows = 2 * anchors.Total;
        var norms = FiniteNorms(z);                                             // (VN, 1), V = 2 + n
        var u = z / norms;                                                      // (VN, d)
        var views = u.narrow(0, 0, rows);                                       // (2N, d)
        double[] logSums = new double[rows];
        using var similarities = Similarities(views, anchors);
        similarities.LogSums(logSums);
        var remembered = memory is null ? null : new KeySoftmax(anchors.Of(views), memory, temperature);
        remembered?.AddTo(logSums, anchors);
        exchange(logSums);
        var (gradient, sums) = similarities.Gradient(logSums);                  // (2m, d)
        if (remembered is not null) gradient.add_(remembered.OfAnchors(anchors.Of(tensor(logSums, u.dtype, u.device))));
        double loss = sums.Loss;
        if (smallCrops > 0)
        {
            var small = new SmallCropAnchors(u.narrow(0, rows, (long)smallCrops * anchors.Total), views, memory, temperature);
            (gradient, loss) = (cat([gradient.add_(small.OfViews(anchors)), small.OfCrops(anchors)]), loss + small.Loss(anchors));
        }
        ThroughNorms(gradient, anchors.Of(u), anchors.Of(norms), z.shape[0]);   // (Vm, d)
        var (top1, top5) = anchors.Total > 1 ? (sums.Top1 / rows, sums.Top5 / rows) : (0, 0); // without negatives nothing is told apart
        return new NtXentResult(loss / z.shape[0], gradient.MoveToOuterDisposeScope(), top1, top5, sums.Entropy / rows);
    }

    /// <summary>
    /// <see cref="Compute(Tensor)"/> by operations that are enqueued and that the host does not wait for: the values come as <see cref="NtXentResult.Late"/>.
    /// Where z is not finite, the gradient is not either.
    /// </summary>
    /// <param name="z">As there, on any device; borrowed.</param>
    internal NtXentResult Enqueue(Tensor z)
    {
        int n = ImagesOf(z, 0);
        using var _ = no_grad();
        using var exact = Float32Precision.Exact();
        using var scope = NewDisposeScope();
        z = z.detach();
        var norms = Norms(z);                                                   // (2N, 1)
        var u = z / norms;                                                      // (2N, d)
        using var similarities = new TensorSimilarities(u, new AnchorRows(0, n, n), temperature);
        var (gradient, sums) = similarities.Gradient(similarities.LogSums());   // (2N, d)
        ThroughNorms(gradient, u, norms, 2 * n);
        return new NtXentResult(double.NaN, gradient.MoveToOuterDisposeScope(), double.NaN, double.NaN, double.NaN)
        {
            Late = sums.div_(2 * n).MoveToOuterDisposeScope(),
        };
    }

    /// <summary>ℓ of every anchor by itself (Eq. 1), whose mean is the loss: how hard a view is to match with its partner among all others.</summary>
    /// <param name="z">As for <see cref="Compute(Tensor)"/>; borrowed.</param>
    /// <returns>(2N) of z's type, in nats; the caller's.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Compute(Tensor)"/>.</exception>
    public Tensor PerAnchor(Tensor z)
    {
        int n = ImagesOf(z, 0);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        z = z.detach();
        var u = z / FiniteNorms(z);                                             // (2N, d)
        double[] logSums = new double[2 * n];
        using var similarities = Similarities(u, new AnchorRows(0, n, n));
        similarities.LogSums(logSums);
        var positives = (u * u.roll(n, 0)).sum(1).div_(temperature);            // (2N)
        return tensor(logSums, u.dtype, u.device).sub_(positives).MoveToOuterDisposeScope();
    }

    private ISimilarities Similarities(Tensor u, AnchorRows anchors) =>
        u.device_type == DeviceType.CPU && u.dtype == float32 && temperature >= CpuSimilarities.LowestTemperature
            ? new CpuSimilarities(u, anchors, temperature)
            : new TensorSimilarities(u, anchors, temperature);

    private static int ImagesOf(Tensor z, int smallCrops, Tensor? memory = null)
    {
        ArgumentNullException.ThrowIfNull(z);
        ArgumentOutOfRangeException.ThrowIfNegative(smallCrops);
        int views = 2 + smallCrops;
        if (z.dim() != 2 || z.shape[0] < views || z.shape[0] % views != 0)
            throw new ArgumentException($"Projections must be ({views}N, d) with N ≥ 1; these are ({string.Join(", ", z.shape)}).", nameof(z));
        int images = (int)(z.shape[0] / views);
        return images > 1 || memory is not null ? images
            : throw new ArgumentException("The views of one image have no negatives: there is nothing to tell them from without a second image, or a memory.", nameof(z));
    }

    // Through u = z/‖z‖: the part of the gradient along u does not count.
    private void ThroughNorms(Tensor gradient, Tensor u, Tensor norms, long rows)
    {
        gradient.mul_(1.0 / (rows * temperature));
        gradient.addcmul_(u, (u * gradient).sum(1, keepdim: true), value: -1).div_(norms);
    }

    private static Tensor Norms(Tensor z) => z.norm(1, keepdim: true, p: 2f).clamp_min_(NormFloor); // (2N, 1)

    private static Tensor FiniteNorms(Tensor z)
    {
        var norms = Norms(z);
        return norms.sum().isfinite().item<bool>() ? norms : throw new InvalidDataException("The projections hold a value that is not finite.");
    }
}
