using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>A linear classifier for unscaled features: logits W x + b. Frees its tensors when disposed.</summary>
/// <remarks>Safe to use from several threads at once until it is disposed.</remarks>
public sealed class LinearClassifier : IDisposable
{
    internal LinearClassifier(Tensor weight, Tensor bias) => (Weight, Bias) = (weight, bias);

    /// <summary>W (C, D) float64.</summary>
    public Tensor Weight { get; }

    /// <summary>b (C) float64; −∞ for a class without a training row.</summary>
    public Tensor Bias { get; }

    /// <summary>Computes W x + b for M rows.</summary>
    /// <param name="values">(M, D) float32; borrowed.</param>
    /// <returns>(M, C) float64, logits; owned by the caller.</returns>
    /// <exception cref="ArgumentException">The rows have another D.</exception>
    /// <exception cref="InvalidDataException">A feature is not finite.</exception>
    public Tensor Score(Tensor values)
    {
        Features.RequireQueries(values, Weight.shape[1], nameof(values));
        using var scope = NewDisposeScope();
        var scores = empty(values.shape[0], Weight.shape[0], ScalarType.Float64, Weight.device);
        foreach (var (start, rows) in SoftmaxRegression.Blocks(values))
        {
            using var blockScope = NewDisposeScope();
            var x = values.narrow(0, start, rows).to(Weight.device).to(ScalarType.Float64);
            scores.narrow(0, start, rows).copy_(addmm(Bias, x, Weight.t(), 1, 1));
        }
        return scores.MoveToOuterDisposeScope();
    }

    /// <summary>Frees both tensors.</summary>
    public void Dispose()
    {
        Weight.Dispose();
        Bias.Dispose();
    }
}
