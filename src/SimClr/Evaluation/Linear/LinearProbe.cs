using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>
/// The linear evaluation protocol on cached features: how well a linear classifier separates the classes on the features of a frozen
/// encoder.
/// </summary>
/// <remarks>
/// Softmax regression with L-BFGS on the features of unaugmented images. l2 is chosen from a log-spaced path on a held-out part of the
/// training set, followed by a fit on all of it, as SimCLR does for transfer (appendix B.8). SimCLR's own ImageNet protocol (B.6) instead
/// trains the classifier with SGD on augmented images, which needs the encoder in the loop.
/// </remarks>
public static class LinearProbe
{
    private const double Tolerance = 1e-5; // on the gradient's norm; accuracies are final long before

    /// <summary>
    /// Standardises with the mean and deviation of the training features, chooses l2 on a held-out part of them and fits all of them. Of
    /// equal held-out accuracies the stronger l2 wins. The standardisation is folded into the classifier.
    /// </summary>
    /// <param name="train">(M, D); borrowed and copied.</param>
    /// <param name="options">The path, the held-out share and the limits; null for the defaults.</param>
    /// <returns>Owned by the caller, who disposes it.</returns>
    /// <exception cref="ArgumentException">
    /// A label is missing, there are fewer than two classes, no class has two training rows (one to hold out), a feature is not finite, or
    /// an option is out of range.
    /// </exception>
    public static LinearFit Fit(Features train, LinearProbeOptions? options = null)
    {
        options = (options ?? new()).Checked();
        var (order, heldOutRows) = ValidationSplit.First(train, options.HeldOutFraction, options.Seed);

        using var scope = NewDisposeScope();
        var scaling = Scaling(train.Values);
        var rows = tensor(order, device: train.Values.device);
        var values = train.Values.index_select(0, rows).sub_(scaling.Mean).mul_(scaling.InverseDeviation);
        Tensor? basis = null;
        if (train.Dimensions > train.Count)
        {
            // The optimal W is in the span of the training rows. In an orthonormal basis of it, the same problem has M columns instead of
            // D.
            basis = linalg.qr(values.t()).Q; // (D, M)
            values = values.mm(basis);
        }
        using var all = new Features(values, train.Labels.to(values.device).index_select(0, rows));
        using var heldOut = ValidationSplit.Part(all, 0, heldOutRows);
        using var rest = ValidationSplit.Part(all, heldOutRows, train.Count - heldOutRows);

        var (best, heldOutTop1, pathConverged) = Choose(rest, heldOut, options);
        using var _ = best;
        using var regression = new SoftmaxRegression(all);
        using var fit = regression.Fit(best.L2, best, Tolerance, options.MaxIterations);
        var (weight, bias) = Unscaled(fit, basis, scaling);
        return new LinearFit(
            new LinearClassifier(weight.MoveToOuterDisposeScope(), bias.MoveToOuterDisposeScope()),
            best.L2, heldOutTop1, fit.Iterations, fit.Converged && pathConverged);
    }

    private static (SoftmaxFit Best, double HeldOutTop1, bool Converged) Choose(Features rest, Features heldOut, LinearProbeOptions options)
    {
        using var regression = new SoftmaxRegression(rest);
        SoftmaxFit? best = null, last = null;
        double bestTop1 = -1, majority = heldOut.Labels.bincount(null).max().item<long>() / (double)heldOut.Count;
        bool converged = true;
        int sinceBest = 0;
        foreach (double l2 in options.L2Path())
        {
            var fit = regression.Fit(l2, last, Tolerance, options.MaxIterations);
            converged &= fit.Converged;
            using var scores = fit.Score(heldOut.Values);
            double top1 = Accuracy.Of(scores, heldOut.Labels).Top1;
            if (last != best) last?.Dispose();
            last = fit;
            if (top1 > bestTop1)
            {
                best?.Dispose();
                (best, bestTop1, sinceBest) = (fit, top1, 0);
            }
            else if (bestTop1 > majority && ++sinceBest == options.Patience) break;
        }
        if (last != best) last?.Dispose();
        return (best!, bestTop1, converged);
    }

    /// <summary>
    /// Mean and 1/deviation of each dimension, (D) each. A dimension that is constant apart from rounding gets 0 for 1/deviation: it has no
    /// information, and must not become large on the test set.
    /// </summary>
    internal static (Tensor Mean, Tensor InverseDeviation) Scaling(Tensor values)
    {
        using var scope = NewDisposeScope();
        var (deviation, mean) = std_mean(values, 0, unbiased: false);
        var varies = deviation > 1e-6 * mean.abs();
        var inverse = where(varies, deviation, ones_like(deviation)).reciprocal_().mul_(varies);
        return (mean.MoveToOuterDisposeScope(), inverse.MoveToOuterDisposeScope());
    }

    // W' B (x − mean) / deviation + b' as W x + b.
    private static (Tensor Weight, Tensor Bias) Unscaled(SoftmaxFit fit, Tensor? basis, (Tensor Mean, Tensor InverseDeviation) scaling)
    {
        long dimensions = fit.Parameters.shape[1] - 1;
        var weight = fit.Parameters.narrow(1, 0, dimensions);                       // (C, D) or, in the basis, (C, M)
        if (basis is not null) weight = weight.mm(basis.t().to(ScalarType.Float64)); // (C, D)
        weight = weight * scaling.InverseDeviation.to(ScalarType.Float64);
        return (weight, fit.Parameters.select(1, dimensions) - weight.mv(scaling.Mean.to(ScalarType.Float64)));
    }
}
