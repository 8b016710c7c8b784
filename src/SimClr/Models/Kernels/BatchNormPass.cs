using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// Batch normalisation of one activation, float32 and channels-last on the CPU. It stores what the backward pass needs from the forward
/// pass.
/// </summary>
internal sealed unsafe class BatchNormPass
{
    private readonly ChannelBlocks blocks;
    private readonly ReduceSums? reduce;
    private readonly float floor;
    private readonly float[] lines; // mean, scale, shift; in the backward pass also slope and offset
    private readonly double[] inverse, scale;
    private readonly double count;

    /// <summary>
    /// Mean, scale and shift of the channels, each a line of <see cref="Width"/> floats: y = (x − mean)·scale + shift, and with a ReLU
    /// max(0, y).
    /// </summary>
    public float[] Lines => lines;

    /// <summary>Floats in a line: the values of the channels, repeated.</summary>
    public int Width => blocks.Width;

    /// <summary>Prepares the pass with given statistics.</summary>
    /// <param name="blocks">The blocks of the activation.</param>
    /// <param name="statistics">
    /// The mean and the biased variance of every channel, and the number of values per channel. 0 values: the statistics are constants, and
    /// no gradient flows through them.
    /// </param>
    /// <param name="weight">γ (C), float32; read by the constructor.</param>
    /// <param name="bias">β (C), float32; read by the constructor.</param>
    /// <param name="ε">Added to the variance.</param>
    /// <param name="relu">Whether a ReLU follows.</param>
    /// <param name="reduce">As for <see cref="Statistics"/>.</param>
    public BatchNormPass(ChannelBlocks blocks, (double[] Mean, double[] Variance, double Count) statistics,
        Tensor weight, Tensor bias, double ε, bool relu, ReduceSums? reduce)
    {
        (this.blocks, this.reduce, count) = (blocks, reduce, statistics.Count);
        floor = relu ? 0 : float.NegativeInfinity;
        inverse = Array.ConvertAll(statistics.Variance, variance => 1 / Math.Sqrt(variance + ε));
        float* γ = TorchCpu.Floats(weight), β = TorchCpu.Floats(bias);
        scale = [.. inverse.Select((x, c) => x * γ[c])];
        lines = new float[5 * blocks.Width];
        Fill(0, c => statistics.Mean[c]);
        Fill(1, c => scale[c]);
        Fill(2, c => β[c] + scale[c] * (lines[c] - statistics.Mean[c])); // corrects the rounding of the mean
    }

    /// <summary>The mean and the biased variance of every channel, and the number of values per channel.</summary>
    /// <param name="blocks">The blocks of x.</param>
    /// <param name="x">The activation; borrowed.</param>
    /// <param name="reduce">Turns the sums of this process into those of all processes; null for one process.</param>
    public static (double[] Mean, double[] Variance, double Count) Statistics(ChannelBlocks blocks, Tensor x, ReduceSums? reduce)
    {
        float* values = TorchCpu.Floats(x);
        double[] sums = [.. blocks.Sums((at, n, sum, squares, pivot) =>
            BatchNormKernels.Moments(values + at, n, blocks.Width, sum, squares, pivot)), blocks.Rows];
        Reduced(sums, reduce);
        double count = sums[^1];
        var mean = Array.ConvertAll(sums[..blocks.Channels], sum => sum / count);
        return (mean, [.. mean.Select((μ, c) => Math.Max(0, sums[blocks.Channels + c] / count - μ * μ))], count);
    }

    /// <summary>y ← v or ReLU(v), v = x normalised + addend.</summary>
    public void Normalize(Tensor x, Tensor? addend, Tensor y)
    {
        float* from = TorchCpu.Floats(x), added = addend is null ? null : TorchCpu.Floats(addend), to = TorchCpu.Floats(y);
        fixed (float* start = lines)
        {
            float* line = start;
            blocks.Each((at, n) => BatchNormKernels.Normalize(from + at, added == null ? null : added + at,
                to + at, n, blocks.Width, line, floor));
        }
    }

    /// <summary>The gradients with respect to x, γ, β and the addend.</summary>
    /// <param name="x">The input of the forward pass.</param>
    /// <param name="y">The output of the forward pass if there was an addend, else null.</param>
    /// <param name="dy">∂L/∂y, channels-last.</param>
    /// <param name="over">Whether ∂L/∂x overwrites <paramref name="dy"/> and is returned as that tensor.</param>
    /// <returns>Owned by the caller; the last is null without an addend.</returns>
    public Tensor?[] Gradients(Tensor x, Tensor? y, Tensor dy, bool over = false)
    {
        var (dx, masked) = (over ? dy : empty_like(x), y is null ? null : empty_like(x));
        float* input = TorchCpu.Floats(x), gradient = TorchCpu.Floats(dy), to = TorchCpu.Floats(dx);
        float* output = y is null ? null : TorchCpu.Floats(y), kept = masked is null ? null : TorchCpu.Floats(masked);
        int channels = blocks.Channels;
        fixed (float* start = lines)
        {
            float* line = start;
            var sums = blocks.Sums((at, n, sum, product, _) => BatchNormKernels.GradientSums(
                gradient + at, input + at, output == null ? null : output + at,
                kept == null ? null : kept + at, n, blocks.Width, line, floor, sum, product));
            var (bias, weight) = (tensor(sums[..channels], ScalarType.Float32),
                tensor([.. inverse.Select((i, c) => i * sums[channels + c])], ScalarType.Float32));
            if (count > 0)
            {
                Reduced(sums, reduce);
                Fill(3, c => -scale[c] * inverse[c] * inverse[c] * sums[channels + c] / count);
                Fill(4, c => -scale[c] * sums[c] / count);
            }
            var (source, least) = kept == null ? ((nint)gradient, floor) : ((nint)kept, float.NegativeInfinity);
            blocks.Each((at, n) => BatchNormKernels.InputGradient((float*)source + at, input + at, to + at, n, blocks.Width, line, least));
            return [dx, weight, bias, masked];
        }
    }

    private static void Reduced(double[] sums, ReduceSums? reduce)
    {
        if (reduce is null) return;
        using var all = tensor(sums);
        reduce(all);
        all.data<double>().CopyTo(sums);
    }

    private void Fill(int line, Func<int, double> value) => blocks.Fill(lines.AsSpan(line * blocks.Width, blocks.Width), value);
}
