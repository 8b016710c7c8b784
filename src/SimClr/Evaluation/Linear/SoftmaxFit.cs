using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>A fitted softmax regression. Frees its tensor when disposed.</summary>
/// <remarks>Safe to use from several threads at once until it is disposed.</remarks>
public sealed class SoftmaxFit : IDisposable
{
    internal SoftmaxFit(Tensor parameters, double l2, Lbfgs.Minimum end) =>
        (Parameters, L2, Objective, GradientNorm, Iterations, Converged) =
            (parameters, l2, end.Value, end.GradientNorm, end.Iterations, end.Converged);

    /// <summary>(C, D + 1) float64: W (C, D), then the column b. A class without a training row has 0 in W and −∞ in b.</summary>
    public Tensor Parameters { get; }

    /// <summary>The penalty.</summary>
    public double L2 { get; }

    /// <summary>Mean cross entropy + l2/2·‖W‖², in nats.</summary>
    public double Objective { get; }

    /// <summary>The Euclidean norm of the objective's gradient.</summary>
    public double GradientNorm { get; }

    /// <summary>The number of steps of the search.</summary>
    public int Iterations { get; }

    /// <summary>Whether <see cref="GradientNorm"/> is within the tolerance. False if the search ended at its last iteration.</summary>
    public bool Converged { get; }

    /// <summary>Computes W x + b for M rows.</summary>
    /// <param name="values">(M, D) float32; borrowed.</param>
    /// <returns>(M, C) float64, logits; owned by the caller.</returns>
    /// <exception cref="ArgumentException">The rows have another D.</exception>
    /// <exception cref="InvalidDataException">A feature is not finite.</exception>
    public Tensor Score(Tensor values)
    {
        long dimensions = Parameters.shape[1] - 1;
        Features.RequireQueries(values, dimensions, nameof(values));
        using var scope = NewDisposeScope();
        var scores = empty(values.shape[0], Parameters.shape[0], ScalarType.Float64, Parameters.device);
        foreach (var (start, rows) in SoftmaxRegression.Blocks(values))
        {
            using var blockScope = NewDisposeScope();
            var x = values.narrow(0, start, rows).to(Parameters.device).to(ScalarType.Float64);
            scores.narrow(0, start, rows).copy_(addmm(Parameters.select(1, dimensions), x, Parameters.narrow(1, 0, dimensions).t(), 1, 1));
        }
        return scores.MoveToOuterDisposeScope();
    }

    /// <summary>Frees <see cref="Parameters"/>.</summary>
    public void Dispose() => Parameters.Dispose();
}
