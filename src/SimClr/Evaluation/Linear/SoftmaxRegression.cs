using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>
/// L2-regularised multinomial logistic regression, fitted to its unique optimum: min over W, b of mean cross entropy(softmax(W x + b),
/// label) + l2/2·‖W‖². The bias is not penalised.
/// </summary>
/// <remarks>
/// Features stay float32 and are converted a block at a time. Parameters, losses and sums are float64, so the gradient can reach the
/// tolerance. The search is L-BFGS. It starts from the bound ½·X̃ᵀX̃/M + l2·I on the Hessian (Böhning 1992, "Multinomial logistic
/// regression algorithm"; X̃ is X with a column of ones). The bound is the same for every class and removes the correlation of the features
/// from the search. Σ b = 0 fixes the constant that b leaves open. A class without a training row gets probability 0, its limit. Several
/// threads may fit at once.
/// </remarks>
public sealed class SoftmaxRegression : IDisposable
{
    private const long BlockElements = 1 << 18; // float64 features per block: 2 MiB, which fits into a core's cache

    private readonly Features train;
    private readonly long[] classCounts;
    private readonly Tensor gram;       // (D + 1, D + 1) float64: X̃ᵀX̃/M
    private readonly Tensor impossible; // (C) float64: −∞ for a class without a row, else 0

    /// <summary>Prepares what all values of l2 share: one product XᵀX.</summary>
    /// <param name="train">(M, D); borrowed until this object is disposed. C is the greatest label + 1.</param>
    /// <exception cref="InvalidDataException">A label is missing, there are fewer than two classes, or a feature is not finite.</exception>
    public SoftmaxRegression(Features train)
    {
        this.train = train;
        classCounts = train.RequireTrainable();
        gram = Gram(train.Values).DetachFromDisposeScope();
        impossible = tensor(Array.ConvertAll(classCounts, n => n > 0 ? 0 : double.NegativeInfinity), device: train.Values.device)
            .DetachFromDisposeScope();
    }

    /// <summary>Finds the optimum for one l2.</summary>
    /// <param name="l2">The penalty, above 0.</param>
    /// <param name="start">The starting point, for example the optimum of a neighbouring l2; null for zero. Borrowed.</param>
    /// <param name="tolerance">The search stops when the Euclidean norm of the gradient is at most this.</param>
    /// <param name="maxIterations">The largest number of steps. If it is reached, the result is marked as not converged.</param>
    /// <returns>Owned by the caller, who disposes it.</returns>
    /// <exception cref="ArgumentException">An argument is out of range, or <paramref name="start"/> has another D or C.</exception>
    public SoftmaxFit Fit(double l2, SoftmaxFit? start = null, double tolerance = 1e-6, int maxIterations = 1000)
    {
        if (!(l2 > 0 && double.IsFinite(l2))) throw new ArgumentException($"l2 must be above 0 and finite; it is {l2}.", nameof(l2));
        if (!(tolerance > 0)) throw new ArgumentException($"The tolerance must be above 0; it is {tolerance}.", nameof(tolerance));
        ArgumentOutOfRangeException.ThrowIfNegative(maxIterations);
        long[] shape = [classCounts.Length, train.Dimensions + 1];
        if (start is not null && !start.Parameters.shape.SequenceEqual(shape))
            throw new ArgumentException($"The start is for ({string.Join(", ", start.Parameters.shape)}) parameters; here they " +
                $"are ({string.Join(", ", shape)}).", nameof(start));

        using var scope = NewDisposeScope();
        var first = start is null
            ? zeros(shape, ScalarType.Float64, train.Values.device)
            : where(start.Parameters.isfinite(), start.Parameters, zeros_like(start.Parameters));
        var factor = linalg.cholesky(Curvature(l2));
        var end = Lbfgs.Minimise(first, p => ObjectiveAndGradient(p, l2), v => v.t().cholesky_solve(factor).t(), tolerance, maxIterations);
        end.Point.select(1, train.Dimensions).add_(impossible);
        return new SoftmaxFit(end.Point.MoveToOuterDisposeScope(), l2, end);
    }

    /// <summary>One pass over the features for value and gradient. The gradient is (softmax − one-hot)ᵀX̃/M + l2·W.</summary>
    internal (double Objective, Tensor Gradient) ObjectiveAndGradient(Tensor parameters, double l2)
    {
        using var scope = NewDisposeScope();
        long dimensions = train.Dimensions;
        var (weights, bias) = (parameters.narrow(1, 0, dimensions), parameters.select(1, dimensions) + impossible);
        var gradient = zeros_like(parameters);
        var (weightGradient, biasGradient) = (gradient.narrow(1, 0, dimensions), gradient.select(1, dimensions));
        var logLikelihood = zeros(1, ScalarType.Float64, parameters.device);
        foreach (var (start, rows) in Blocks(train.Values))
        {
            using var blockScope = NewDisposeScope();
            var x = train.Values.narrow(0, start, rows).to(ScalarType.Float64);                         // (B, D)
            var label = train.Labels.narrow(0, start, rows).to(x.device).unsqueeze(1);                  // (B, 1)
            var logSoftmax = addmm(bias, x, weights.t(), 1, 1).log_softmax(1);                          // (B, C)
            logLikelihood.add_(logSoftmax.gather(1, label).sum());
            var residual = logSoftmax.exp_().scatter_add_(1, label, full(rows, 1, -1.0, ScalarType.Float64, parameters.device));
            weightGradient.addmm_(residual.t(), x, 1, 1); // the transposed product is three times slower
            biasGradient.add_(residual.sum(dim: 0)); // without the name, 0 is a ScalarType
        }
        gradient.div_(train.Count);
        weightGradient.add_(l2 * weights);
        double objective = -logLikelihood.item<double>() / train.Count + l2 / 2 * weights.square().sum().item<double>();
        return (objective, gradient.MoveToOuterDisposeScope());
    }

    /// <summary>Blocks of rows to convert to float64 together.</summary>
    internal static IEnumerable<(long Start, long Rows)> Blocks(Tensor values)
    {
        long count = values.shape[0], block = Math.Max(1, BlockElements / values.shape[1]);
        for (long start = 0; start < count; start += block) yield return (start, Math.Min(block, count - start));
    }

    // The ridge keeps the factor positive definite despite the float32 products in the Gram matrix. It changes the path of the search, but
    // not its end.
    private Tensor Curvature(double l2)
    {
        var curvature = gram / 2;
        var diagonal = curvature.diagonal();
        double ridge = 1e-6 * diagonal.sum().item<double>();
        diagonal.narrow(0, 0, train.Dimensions).add_(l2);
        diagonal.add_(ridge);
        return curvature;
    }

    private static Tensor Gram(Tensor values)
    {
        using var scope = NewDisposeScope();
        const long Block = 4096;
        var (count, dimensions) = (values.shape[0], values.shape[1]);
        var gram = zeros(dimensions + 1, dimensions + 1, ScalarType.Float64, values.device);
        for (long start = 0; start < count; start += Block)
        {
            using var blockScope = NewDisposeScope();
            var x = values.narrow(0, start, Math.Min(Block, count - start));
            gram.narrow(0, 0, dimensions).narrow(1, 0, dimensions).add_(x.t().matmul(x));
            gram[dimensions].narrow(0, 0, dimensions).add_(x.sum(dim: 0, type: ScalarType.Float64));
        }
        gram.narrow(1, dimensions, 1).copy_(gram.narrow(0, dimensions, 1).t());
        gram[dimensions, dimensions].fill_(count);
        return gram.div_(count).MoveToOuterDisposeScope();
    }

    /// <summary>Frees the prepared product. The features stay with the caller.</summary>
    public void Dispose()
    {
        gram.Dispose();
        impossible.Dispose();
    }
}
