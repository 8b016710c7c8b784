using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>
/// The linear evaluation protocol on cached features: how well a linear classifier tells the classes apart on what a
/// frozen encoder sees.
/// </summary>
/// <remarks>
/// Softmax regression by L-BFGS on features of the plain image, with l2 chosen from a log-spaced path on a held-out part
/// of the training set and a last fit on all of it, as SimCLR does for transfer (appendix B.8). SimCLR's own ImageNet
/// protocol (B.6) trains the classifier by SGD on augmented images instead, which needs the encoder in the loop.
/// </remarks>
public static class LinearProbe
{
    private const double Tolerance = 1e-5; // of the gradient's norm: accuracies are settled long before

    /// <summary>
    /// Standardises by the training features' mean and deviation, chooses l2, fits all training features with it and
    /// scores the test features once. Of equal held-out accuracies the stronger l2 wins.
    /// </summary>
    /// <param name="train">(M, D); borrowed. A copy of it is made.</param>
    /// <param name="test">(M', D), of the same D and of no class that <paramref name="train"/> lacks; borrowed.</param>
    /// <param name="options">Path, held-out part and limits; null for the defaults.</param>
    /// <exception cref="ArgumentException">
    /// A label is missing or only in the test set, there are fewer than two classes, no class has two training rows (one to
    /// hold out), D differs, a feature is not finite, or an option is out of range.
    /// </exception>
    public static LinearProbeResult Run(Features train, Features test, LinearProbeOptions? options = null)
    {
        var (result, classifier) = Fit(train, test, options);
        classifier.Dispose();
        return result;
    }

    /// <summary>As <see cref="Run"/>, and gives the last classifier too, the standardisation folded into it.</summary>
    /// <param name="train">As there.</param>
    /// <param name="test">As there.</param>
    /// <param name="options">As there.</param>
    /// <returns>The figures, and the classifier that they are of; it is the caller's.</returns>
    /// <exception cref="ArgumentException">As there.</exception>
    public static (LinearProbeResult Result, LinearClassifier Classifier) Fit(Features train, Features test, LinearProbeOptions? options = null)
    {
        options = (options ?? new()).Checked();
        var classCounts = train.RequireTrainable(nameof(train));
        test.RequireScorable(classCounts, train.Dimensions, nameof(test));
        var (order, heldOutRows) = HeldOutFirst(train, classCounts, options);

        using var scope = NewDisposeScope();
        var scaling = Scaling(train.Values);
        var rows = tensor(order, device: train.Values.device);
        var values = train.Values.index_select(0, rows).sub_(scaling.Mean).mul_(scaling.InverseDeviation);
        var testValues = test.Values.to(values.device).sub(scaling.Mean).mul_(scaling.InverseDeviation);
        Tensor? basis = null;
        if (train.Dimensions > train.Count)
        {
            // The optimal W lies in the span of the training rows: in an orthonormal basis of it the problem is the same, with M columns instead of D.
            basis = linalg.qr(values.t()).Q; // (D, M)
            (values, testValues) = (values.mm(basis), testValues.mm(basis));
        }
        using var all = new Features(values, train.Labels.to(values.device).index_select(0, rows));
        using var heldOut = Part(all, 0, heldOutRows);
        using var rest = Part(all, heldOutRows, train.Count - heldOutRows);

        var (best, heldOutTop1, pathConverged) = Choose(rest, heldOut, options);
        using var _ = best;
        using var regression = new SoftmaxRegression(all);
        using var fit = regression.Fit(best.L2, best, Tolerance, options.MaxIterations);
        var scores = fit.Score(testValues);
        var (weight, bias) = Unscaled(fit, basis, scaling);
        return (new LinearProbeResult(Accuracy.Of(scores, test.Labels), best.L2, heldOutTop1, fit.Iterations, fit.Converged && pathConverged),
            new LinearClassifier(weight.MoveToOuterDisposeScope(), bias.MoveToOuterDisposeScope()));
    }

    private static (SoftmaxFit Best, double HeldOutTop1, bool Converged) Choose(Features rest, Features heldOut, LinearProbeOptions options)
    {
        using var regression = new SoftmaxRegression(rest);
        SoftmaxFit? best = null, last = null;
        double bestTop1 = -1;
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
            else if (++sinceBest == options.Patience) break;
        }
        if (last != best) last?.Dispose();
        return (best!, bestTop1, converged);
    }

    /// <summary>A seeded order of the rows that begins with the held-out ones: of each class its part, rounded, but at least one and never all; none of a class with one row.</summary>
    internal static (long[] Order, long HeldOut) HeldOutFirst(Features train, long[] classCounts, LinearProbeOptions options)
    {
        var quota = Array.ConvertAll(classCounts, n => n < 2 ? 0 : Math.Clamp((long)Math.Round(n * options.HeldOutFraction), 1, n - 1));
        long heldOut = quota.Sum();
        if (heldOut == 0)
            throw new ArgumentException($"Choosing l2 needs a class with at least two training rows; all {train.Count} rows have classes of their own.", nameof(train));

        using var onHost = train.Labels.cpu();
        var labels = onHost.data<long>().ToArray();
        var shuffled = Enumerable.Range(0, labels.Length).Select(i => (long)i).ToArray();
        new Random(options.Seed).Shuffle(shuffled);
        var isHeldOut = Array.ConvertAll(shuffled, row => quota[labels[row]]-- > 0);
        long[] order = [.. shuffled.Where((_, i) => isHeldOut[i]), .. shuffled.Where((_, i) => !isHeldOut[i])];
        return (order, heldOut);
    }

    /// <summary>Mean and 1/deviation of each dimension, (D) each. A dimension that is constant but for rounding gets 0 for 1/deviation: it says nothing, and must not blow up in the test set.</summary>
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

    private static Features Part(Features all, long start, long rows) => new(all.Values.narrow(0, start, rows), all.Labels.narrow(0, start, rows));
}
