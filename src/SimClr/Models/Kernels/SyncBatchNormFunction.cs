using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// γ·(x − μ)/√(σ² + ε) + β with the statistics of a batch that is spread over several ranks. It uses libtorch's operations, on any device
/// and in any floating type. The formulas are those of <see cref="BatchNormFunction"/>.
/// </summary>
internal sealed class SyncBatchNormFunction : autograd.SingleTensorFunction<SyncBatchNormFunction>
{
    public override string Name => nameof(SyncBatchNormFunction);

    /// <summary>The mean and the biased variance of every channel over all ranks, and the number of values per channel.</summary>
    /// <param name="x">This rank's share, (N, C, H, W) or (N, C); borrowed.</param>
    /// <param name="reduce">Sums over all ranks.</param>
    /// <returns>(C), (C) and () float64, in the caller's dispose scope.</returns>
    public static (Tensor Mean, Tensor Variance, Tensor Count) Statistics(Tensor x, ReduceSums reduce)
    {
        var (n, channels) = (x.numel() / x.shape[1], x.shape[1]);
        var (variance, mean) = var_mean(x.detach().to(x.dtype == float64 ? float64 : float32), Others(x), unbiased: false);
        (mean, variance) = (mean.to(float64), variance.to(float64));
        var sums = cat([mean * n, (variance + mean * mean) * n, full(1, n, float64, x.device)]);
        reduce(sums);
        var count = sums[2 * channels];
        mean = sums[..(int)channels] / count;
        return (mean, (sums[(int)channels..(int)(2 * channels)] / count - mean * mean).clamp_min_(0), count);
    }

    /// <param name="context">Stores x and γ.</param>
    /// <param name="vars">x, γ (C), β (C), mean, 1/√(σ² + ε) and count of the statistics, and the <see cref="ReduceSums"/>.</param>
    /// <returns>y, with the shape, type and memory order of x.</returns>
    public override Tensor forward(autograd.AutogradContext context, params object?[] vars)
    {
        var (x, weight, bias, mean, inverse) = ((Tensor)vars[0]!, (Tensor)vars[1]!, (Tensor)vars[2]!, (Tensor)vars[3]!, (Tensor)vars[4]!);
        context.save_for_backward([x, weight, mean, inverse, (Tensor)vars[5]!]);
        context.save_data(nameof(ReduceSums), vars[6]!);
        return Normalized(x, mean, inverse).mul_(Line(weight, x)).add_(Line(bias, x)).to(x.dtype);
    }

    public override List<Tensor?> backward(autograd.AutogradContext context, Tensor gradient)
    {
        ReturnedGradients.Free();
        using var scope = NewDisposeScope();
        var saved = context.get_saved_variables();
        var (x, weight, mean, inverse, count) = (saved[0], saved[1], saved[2], saved[3], saved[4]);
        var normalized = Normalized(x, mean, inverse);
        var sums = cat([gradient.sum(Others(x), type: float64), (gradient * normalized).sum(Others(x), type: float64)]);
        int channels = (int)weight.numel();
        // Of this rank: below, sums become those of all ranks.
        var (ofBias, ofWeight) = (sums[..channels].to(weight.dtype, copy: true), sums[channels..].to(weight.dtype, copy: true));
        ((ReduceSums)context.get_data(nameof(ReduceSums)))(sums);
        sums = sums / count;
        var ofInput = normalized.mul_(Line(sums[channels..], x)).add_(Line(sums[..channels], x))
            .neg_().add_(gradient).mul_(Line(inverse * weight, x));
        List<Tensor?> returned = [ofInput.to(x.dtype), ofWeight, ofBias, null, null, null, null];
        foreach (var of in returned) of?.MoveToOuterDisposeScope();
        gradient.Dispose(); // otherwise it would live until the end of the step
        return ReturnedGradients.Keep(returned);
    }

    private static Tensor Normalized(Tensor x, Tensor mean, Tensor inverse) => (x - Line(mean, x)).mul_(Line(inverse, x));

    // In the type of x, or in float32 if that is a half-precision type.
    private static Tensor Line(Tensor channels, Tensor x) =>
        channels.to(x.dtype == float64 ? float64 : float32).reshape(x.dim() == 2 ? [1, -1] : [1, -1, 1, 1]);

    private static long[] Others(Tensor x) => x.dim() == 2 ? [0] : [0, 2, 3];
}
