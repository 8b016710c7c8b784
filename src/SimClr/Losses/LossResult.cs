using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>The loss of a batch with its gradient and figures.</summary>
/// <param name="Gradient">
/// ∂L/∂z for the rows of this rank's images: ((2 + n)m, d), of the type of z and on its device. Owned by this object.
/// </param>
/// <param name="Figures">
/// <see cref="Loss"/>, <see cref="Top1"/>, <see cref="Top5"/> and <see cref="Entropy"/> of the whole batch: (4) float64 on any device,
/// finite and the same on every rank. Owned by this object. Reading one waits for the device.
/// </param>
public sealed record LossResult(Tensor Gradient, Tensor Figures) : IDisposable
{
    /// <summary>L, the mean over all anchors; in nats for the built-in losses.</summary>
    public double Loss => Figures[0].item<double>();

    /// <summary>
    /// The share of the 2N anchors whose positive is nearer than all 2N − 2 negatives, by more than rounding. A tie counts as a miss, so
    /// projections that are all equal have 0.
    /// </summary>
    public double Top1 => Figures[1].item<double>();

    /// <summary>
    /// The share of the anchors with at most four negatives as near as the positive or nearer; 1 by definition if N is 2 or 3.
    /// </summary>
    public double Top5 => Figures[2].item<double>();

    /// <summary>
    /// The mean entropy, in nats, of the softmax at τ over the 2N − 1 candidates of an anchor, for every loss; at most log(2N − 1).
    /// </summary>
    public double Entropy => Figures[3].item<double>();

    /// <summary>All four, in this order.</summary>
    internal double[] Read()
    {
        using var figures = Figures.to(float64).cpu();
        return figures.data<double>().ToArray();
    }

    /// <summary>Moves both tensors to the outer dispose scope.</summary>
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
