using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>
/// A loss that is written as one expression of the projections. Autograd computes its gradient. Every rank computes the loss over all rows
/// and takes the gradient of its own rows, so the number of ranks and micro-batches changes nothing.
/// </summary>
/// <remarks>
/// A loss that compares all pairs holds a few matrices of 2N × 2N, which is fine for some thousand views. Accuracy and entropy are those of
/// NT-Xent's softmax at the temperature of the run (<see cref="ProjectionBatch.Figures"/>).
/// </remarks>
public abstract class AutogradLoss : IContrastiveLoss
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public virtual bool TakesSmallCrops => false;

    /// <inheritdoc/>
    public virtual bool CanEnqueue => false;

    /// <summary>Computes the loss L of a batch.</summary>
    /// <param name="z">
    /// ((2 + n)N, d) float32 or float64, not normalised, with a graph. Rows i, i + N, … show the same image. Borrowed.
    /// </param>
    /// <param name="indices">(2N): the indices in the data set of the images that the views show, for rows 0 to 2N − 1.</param>
    /// <returns>
    /// One value with the graph that leads to z; owned by the caller. It depends on z and indices only and is the same on every rank.
    /// </returns>
    protected abstract Tensor Value(Tensor z, IReadOnlyList<int> indices);

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">
    /// <see cref="Value"/> returned several values, or a value that does not depend on z.
    /// </exception>
    public LossResult Compute(ProjectionBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var exact = Float32Precision.Exact();
        using var scope = NewDisposeScope();
        using var graph = enable_grad();
        var z = batch.Z.detach().requires_grad_(true);                                              // ((2 + n)N, d)
        var value = Value(z, batch.Indices);
        if (value.numel() != 1)
            throw new InvalidDataException($"The loss '{Name}' gave values of shape ({string.Join(", ", value.shape)}), " +
                $"but a loss must give one value.");
        if (!value.requires_grad)
            throw new InvalidDataException($"The loss '{Name}' gave a value that does not depend on the projections.");
        var gradient = autograd.grad([value.reshape([])], [z])[0];
        return new LossResult(batch.Own(gradient).MoveToOuterDisposeScope(), batch.Figures(value).MoveToOuterDisposeScope());
    }
}
