using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>The rows of a matrix in memory.</summary>
public sealed class TensorRows : IFeatureRows
{
    private readonly Tensor values;

    /// <param name="values">(N, D) float32 on any device; borrowed for as long as rows are read.</param>
    /// <exception cref="ArgumentException">The values have another shape or dtype, or a graph.</exception>
    public TensorRows(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Features.RequireMatrix(values, nameof(values));
        this.values = values;
    }

    /// <inheritdoc/>
    public int Count => checked((int)values.shape[0]);

    /// <inheritdoc/>
    public int Dimensions => checked((int)values.shape[1]);

    /// <inheritdoc/>
    public int BlockRows => Count;

    /// <inheritdoc/>
    public Tensor Read(int first, int count) => values.narrow(0, first, count);
}
