using SimClr.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>
/// The shared part of <see cref="NtXentLoss"/> and <see cref="DecoupledLoss"/>: the mean over anchors of log Σₖ exp Sᵢₖ − S_{i,π(i)} with
/// its gradient, computed in tiles of S. The losses differ in whether k includes the positive.
/// </summary>
internal sealed class TiledSoftmaxLoss
{
    private const double NormFloor = 1e-12;   // as in torch.nn.functional.normalize

    private readonly double temperature;
    private readonly bool decoupled;

    /// <summary>Creates the loss.</summary>
    /// <param name="temperature">τ, in [0.001, 1000].</param>
    /// <param name="decoupled">Whether the sum over k leaves out the positive of the anchor.</param>
    public TiledSoftmaxLoss(double temperature, bool decoupled)
    {
        if (!(temperature is >= 0.001 and <= 1000))
            throw new ArgumentOutOfRangeException(nameof(temperature), temperature, "The temperature must lie in [0.001, 1000].");
        (this.temperature, this.decoupled) = (temperature, decoupled);
    }

    /// <summary>
    /// The gradient with respect to the projections of this rank's images, and the figures of the batch. Owned by the caller.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// The host may read, and a value is not finite. If the host may not read, the gradient is then not finite either.
    /// </exception>
    public LossResult Compute(ProjectionBatch batch)
    {
        using var exact = Float32Precision.Exact();
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var result = batch.HostMayRead ? Read(batch) : Enqueue(batch.Z.detach());
        result.MoveToOuterDisposeScope();
        return result;
    }

    private LossResult Read(ProjectionBatch batch)
    {
        var (z, anchors, smallCrops) = (batch.Z.detach(), batch.Anchors, batch.SmallCrops);
        int rows = 2 * anchors.Total;
        var norms = FiniteNorms(z);                                             // (VN, 1), V = 2 + n
        var u = z / norms;                                                      // (VN, d)
        var views = u.narrow(0, 0, rows);                                       // (2N, d)
        double[] logSums = new double[rows];
        using var similarities = Similarities(views, anchors);
        similarities.LogSums(logSums);
        batch.Sum(logSums);
        var (gradient, sums) = similarities.Gradient(logSums);                  // (2m, d)
        double loss = sums.Loss;
        if (smallCrops > 0)
        {
            var small = new SmallCropAnchors(u.narrow(0, rows, (long)smallCrops * anchors.Total), views, temperature, decoupled);
            (gradient, loss) = (cat([gradient.add_(small.OfViews(anchors)), small.OfCrops(anchors)]), loss + small.Loss(anchors));
        }
        ThroughNorms(gradient, anchors.Of(u), anchors.Of(norms), z.shape[0]);   // (Vm, d)
        double[] figures = [loss / z.shape[0], sums.Top1 / rows, sums.Top5 / rows, sums.Entropy / rows];
        batch.Sum(figures);
        return new LossResult(gradient, tensor(figures));
    }

    // For the case that all images are anchors and the host reads nothing.
    private LossResult Enqueue(Tensor z)
    {
        int n = (int)z.shape[0] / 2;
        var norms = Norms(z);                                                   // (2N, 1)
        var u = z / norms;                                                      // (2N, d)
        using var similarities = new TensorSimilarities(u, new AnchorRows(0, n, n), temperature, decoupled);
        var (gradient, sums) = similarities.Gradient(similarities.LogSums());   // (2N, d)
        ThroughNorms(gradient, u, norms, 2 * n);
        return new LossResult(gradient, sums.div_(2 * n));
    }

    /// <summary>The loss ℓ of every anchor: (2N), of the type of z; owned by the caller.</summary>
    public Tensor PerAnchor(ProjectionBatch batch)
    {
        int n = batch.TotalImages;
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var z = batch.Z.detach();
        var u = z / FiniteNorms(z);                                             // (2N, d)
        double[] logSums = new double[2 * n];
        using var similarities = Similarities(u, new AnchorRows(0, n, n));
        similarities.LogSums(logSums);
        var positives = (u * u.roll(n, 0)).sum(1).div_(temperature);            // (2N)
        return tensor(logSums, u.dtype, u.device).sub_(positives).MoveToOuterDisposeScope();
    }

    private ISimilarities Similarities(Tensor u, AnchorRows anchors) =>
        u.device_type == DeviceType.CPU && u.dtype == float32 && temperature >= CpuSimilarities.LowestTemperature
            ? new CpuSimilarities(u, anchors, temperature, decoupled)
            : new TensorSimilarities(u, anchors, temperature, decoupled);

    // The gradient through u = z/‖z‖: the part along u vanishes.
    private void ThroughNorms(Tensor gradient, Tensor u, Tensor norms, long rows)
    {
        gradient.mul_(1.0 / (rows * temperature));
        gradient.addcmul_(u, (u * gradient).sum(1, keepdim: true), value: -1).div_(norms);
    }

    private static Tensor Norms(Tensor z) => z.norm(1, keepdim: true, p: 2f).clamp_min_(NormFloor); // (2N, 1)

    private static Tensor FiniteNorms(Tensor z)
    {
        var norms = Norms(z);
        return norms.sum().isfinite().item<bool>()
            ? norms : throw new InvalidDataException("The projections hold a value that is not finite.");
    }
}
