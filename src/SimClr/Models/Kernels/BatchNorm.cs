using SimClr.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// Batch normalisation (Ioffe and Szegedy 2015). In the same pass over memory it adds the shortcut of a residual network and applies the
/// ReLU. (N, C, H, W) or (N, C) → the same shape. Parameters and buffers have the names and meaning of PyTorch's <c>BatchNorm2d</c>;
/// momentum is 0.1 and ε 1e-5. When a <c>Pretrainer</c> uses it on several ranks, its statistics are those of the whole batch.
/// </summary>
/// <remarks>
/// Float32 on a CPU in N, H, W, C order uses a kernel of this library. Everything else uses libtorch's operations one by one, which define
/// what both compute. In evaluation mode several threads may compute at once. In training mode only one thread may.
/// </remarks>
public sealed class BatchNorm : Module<Tensor, Tensor>
{
    private const double Momentum = 0.1, Epsilon = 1e-5;

    // Field names are state-dict names.
    internal readonly Parameter weight, bias;
    private readonly Tensor running_mean, running_var, num_batches_tracked;

    /// <summary>Creates the layer with γ = 1, β = 0, running mean 0 and running variance 1, in training mode, float32 on the CPU.</summary>
    /// <param name="channels">C, at least 1.</param>
    public BatchNorm(int channels) : base(nameof(BatchNorm))
    {
        weight = new Parameter(ones(channels));
        bias = new Parameter(zeros(channels));
        running_mean = zeros(channels);
        running_var = ones(channels);
        num_batches_tracked = tensor(0L);
        RegisterComponents();
        foreach (var kept in (Tensor[])[weight, bias, running_mean, running_var, num_batches_tracked]) kept.DetachFromDisposeScope();
    }

    /// <summary>
    /// Sums the statistics over the ranks that share a batch, so that they are those of the whole batch; null with one rank.
    /// </summary>
    internal ReduceSums? Reduce { get; set; }

    /// <summary>The normalised values; owned by the caller.</summary>
    /// <param name="input">x; borrowed.</param>
    /// <exception cref="ArgumentException">In training mode a channel has only one value, which would be normalised to 0.</exception>
    public override Tensor forward(Tensor input) => Apply(input, null, relu: false);

    /// <summary>ReLU(normalised + <paramref name="addend"/>); owned by the caller.</summary>
    /// <param name="input">x; borrowed.</param>
    /// <param name="addend">A tensor of the same shape, or null for none; borrowed.</param>
    /// <exception cref="ArgumentException">As for <see cref="forward"/>.</exception>
    public Tensor Relu(Tensor input, Tensor? addend = null) => Apply(input, addend, relu: true);

    /// <summary>
    /// The convolution of ReLU(normalised); owned by the caller. If possible it is one pass, and the normalised values are never stored.
    /// </summary>
    internal Tensor ReluConvolve(Tensor input, Convolution3x3 next)
    {
        if (!IsInMemory(input) || !next.IsWinograd(input))
        {
            using var y = Relu(input);
            return next.call(y);
        }
        Check(input);
        return NormalizedConvolutionFunction.Of(input, weight, bias, next.Weight, Pass(input, relu: true));
    }

    private Tensor Apply(Tensor x, Tensor? addend, bool relu)
    {
        Check(x);
        return IsInMemory(x) && IsInMemory(addend ?? x) ? Fused(x, addend, relu) : Stock(x, addend, relu);
    }

    private void Check(Tensor x)
    {
        if (training && Reduce is null && x.numel() == x.shape[1])
            throw new ArgumentException($"Batch normalisation in training needs more than one value a channel; " +
                $"the input is ({string.Join(", ", x.shape)}).", nameof(x));
        if (training) CountBatch();
    }

    private Tensor Fused(Tensor x, Tensor? addend, bool relu)
    {
        var pass = Pass(x, relu);
        using var scope = NewDisposeScope(); // TorchSharp also creates an empty tensor of the output's size
        return BatchNormFunction.apply(x, weight, bias, addend!, pass).MoveToOuterDisposeScope();
    }

    private unsafe BatchNormPass Pass(Tensor x, bool relu)
    {
        var blocks = new ChannelBlocks(x.numel() / x.shape[1], (int)x.shape[1]);
        Span<float> means = new(TorchCpu.Floats(running_mean), blocks.Channels),
            variances = new(TorchCpu.Floats(running_var), blocks.Channels);
        var statistics = training ? BatchNormPass.Statistics(blocks, x, Reduce)
            : (Array.ConvertAll(means.ToArray(), m => (double)m), Array.ConvertAll(variances.ToArray(), v => (double)v), 0);
        if (training) Track(statistics, means, variances);
        return new BatchNormPass(blocks, statistics, weight, bias, Epsilon, relu, Reduce);
    }

    private static void Track((double[] Mean, double[] Variance, double Count) batch, Span<float> means, Span<float> variances)
    {
        double unbiased = batch.Count / (batch.Count - 1);
        for (int c = 0; c < means.Length; c++)
        {
            means[c] = (float)((1 - Momentum) * means[c] + Momentum * batch.Mean[c]);
            variances[c] = (float)((1 - Momentum) * variances[c] + Momentum * unbiased * batch.Variance[c]);
        }
    }

    private void CountBatch()
    {
        using var noGrad = no_grad();
        num_batches_tracked.add_(1);
    }

    private Tensor Stock(Tensor x, Tensor? addend, bool relu)
    {
        using var scope = NewDisposeScope();
        var y = training && Reduce is not null ? Shared(x, Reduce)
            : functional.batch_norm(x, running_mean, running_var, weight, bias, training, Momentum, Epsilon);
        if (addend is not null) y = y.add_(addend);
        if (relu) y = y.relu_();
        return y.MoveToOuterDisposeScope();
    }

    private Tensor Shared(Tensor x, ReduceSums reduce)
    {
        var (mean, variance, count) = SyncBatchNormFunction.Statistics(x, reduce);
        using (no_grad())
        {
            running_mean.mul_(1 - Momentum).add_(mean * Momentum);
            running_var.mul_(1 - Momentum).add_(variance * (count / (count - 1)) * Momentum);
        }
        return SyncBatchNormFunction.apply(x, weight, bias, mean, (variance + Epsilon).rsqrt_(), count, reduce);
    }

    private bool IsInMemory(Tensor x)
    {
        if (x.dtype != ScalarType.Float32 || weight.dtype != ScalarType.Float32 || x.device_type != DeviceType.CPU) return false;
        if (x.dim() == 2) return x.is_contiguous();
        using var rows = x.permute(0, 2, 3, 1);
        return rows.is_contiguous();
    }
}
