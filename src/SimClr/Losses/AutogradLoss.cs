using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>
/// A loss that is written as one expression of the projections; autograd has its gradient. Every rank computes it over all rows and takes its own rows of the
/// gradient, so ranks and micro-batches change nothing.
/// </summary>
/// <remarks>
/// A loss that compares all pairs holds a few matrices of 2N × 2N: fine for some thousand views. Accuracy and entropy are those of NT-Xent's softmax at the run's τ
/// (<see cref="ProjectionBatch.Figures"/>).
/// </remarks>
public abstract class AutogradLoss : IContrastiveLoss
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public virtual bool TakesSmallCrops => false;

    /// <inheritdoc/>
    public virtual bool CanEnqueue => false;

    /// <summary>L of a batch.</summary>
    /// <param name="z">((2 + n)N, d) float32 or float64, not normalised, with a graph: rows i, i + N, … show the same image. Borrowed.</param>
    /// <param name="indices">(2N): the places in their data set of the images that the views, rows 0 to 2N − 1, show.</param>
    /// <returns>One value, with the graph that leads to z; a function of z and indices alone, the same on every rank. The caller's.</returns>
    protected abstract Tensor Value(Tensor z, IReadOnlyList<int> indices);

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException"><see cref="Value"/> gave several values, or one that does not depend on z.</exception>
    public LossResult Compute(ProjectionBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var exact = Float32Precision.Exact();
        using var scope = NewDisposeScope();
        using var graph = enable_grad();
        var z = batch.Z.detach().requires_grad_(true);                                              // ((2 + n)N, d)
        var value = Value(z, batch.Indices);
        if (value.numel() != 1 || !value.requires_grad)
            throw new InvalidDataException($"The loss '{Name}' gave {(value.numel() == 1 ? "a value that does not depend on the projections" : $"values of shape ({string.Join(", ", value.shape)})")} where one value of them is due.");
        var gradient = autograd.grad([value.reshape([])], [z])[0];
        return new LossResult(batch.Own(gradient).MoveToOuterDisposeScope(), batch.Figures(value).MoveToOuterDisposeScope());
    }
}
