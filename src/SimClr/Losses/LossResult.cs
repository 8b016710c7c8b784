using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>What a batch gave.</summary>
/// <param name="Gradient">∂L/∂z of the own images' rows, ((2 + n)m, d) of z's type and on its device; owned by this.</param>
/// <param name="Figures">
/// <see cref="Loss"/>, <see cref="Top1"/>, <see cref="Top5"/> and <see cref="Entropy"/> of the whole batch: (4) float64 on any device, the same on every
/// rank and all finite; owned by this. To read one waits for the device.
/// </param>
public sealed record LossResult(Tensor Gradient, Tensor Figures) : IDisposable
{
    /// <summary>L: of the built-in losses in nats, the mean over all anchors.</summary>
    public double Loss => Figures[0].item<double>();

    /// <summary>
    /// Share of the 2N anchors whose positive is nearer than all 2N − 2 negatives, by more than rounding: a tie is a miss, so projections that are all equal
    /// have 0.
    /// </summary>
    public double Top1 => Figures[1].item<double>();

    /// <summary>Share of them with at most four negatives as near as the positive or nearer; 1 by definition where N is 2 or 3.</summary>
    public double Top5 => Figures[2].item<double>();

    /// <summary>Mean entropy in nats of the softmax at τ over an anchor's 2N − 1 candidates, whatever the loss is; at most log(2N − 1).</summary>
    public double Entropy => Figures[3].item<double>();

    /// <summary>All four at once, in their order.</summary>
    internal double[] Read()
    {
        using var figures = Figures.to(float64).cpu();
        return figures.data<double>().ToArray();
    }

    /// <summary>As a tensor's, for both.</summary>
    internal void MoveToOuterDisposeScope()
    {
        Gradient.MoveToOuterDisposeScope();
        Figures.MoveToOuterDisposeScope();
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Gradient.Dispose();
        Figures.Dispose();
    }
}
