using SimClr.Models;
using SimClr.Optimization;
using SimClr.Randomness;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>
/// A linear classifier trained with SGD on the features of a frozen encoder: the minimum over W, b of the mean cross entropy, from W = 0, b
/// = 0 (SimCLR, appendix B.6). Published protocols fix the number of epochs. Here the last epoch is the result, and the epoch that is best
/// on held-out training rows is reported beside it. Others take the best epoch on the test set.
/// </summary>
public static class LinearSgd
{
    /// <summary>Trains twice: without the held-out rows, to find the best epoch, and on all rows.</summary>
    /// <param name="train">(M, D); borrowed. The features are not standardised, as in the protocols.</param>
    /// <param name="options">The protocol; null for SimCLR's.</param>
    /// <returns>Owned by the caller, who disposes it.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="InvalidDataException">
    /// A label is missing, there are fewer than two classes, no class has two training rows, or a feature is not finite.
    /// </exception>
    /// <exception cref="InvalidDataException">Training diverged: after an epoch a weight or a score is not finite.</exception>
    public static LinearSgdFit Fit(Features train, LinearSgdOptions? options = null)
    {
        options = (options ?? new()).Checked();
        var (order, heldOutRows) = ValidationSplit.First(train, options.HeldOutFraction, options.Seed);

        using var scope = NewDisposeScope();
        long classes = train.Labels.max().item<long>() + 1;
        var rows = tensor(order, device: train.Values.device);
        using var all = new Features(train.Values.index_select(0, rows), train.Labels.to(train.Values.device).index_select(0, rows));
        using var heldOut = ValidationSplit.Part(all, 0, heldOutRows);
        using var rest = ValidationSplit.Part(all, heldOutRows, train.Count - heldOutRows);

        (LinearClassifier? best, int bestEpoch, double bestTop1) = (null, 0, -1);
        foreach (var (epoch, layer) in Passes(rest, classes, options))
        {
            using var epochScope = NewDisposeScope();
            var scores = layer.call(heldOut.Values);
            RequireFinite("scores", scores, epoch);
            double top1 = Accuracy.Of(scores, heldOut.Labels).Top1;
            if (top1 <= bestTop1) continue;
            best?.Dispose();
            (best, bestEpoch, bestTop1) = (Taken(layer), epoch, top1);
        }
        LinearClassifier? last = null;
        foreach (var (epoch, layer) in Passes(all, classes, options))
            if (epoch == options.Epochs) last = Taken(layer);
        return new LinearSgdFit(last!, best!, bestEpoch, bestTop1);
    }

    private static IEnumerable<(int Epoch, Linear Layer)> Passes(Features train, long classes, LinearSgdOptions options)
    {
        using var layer = Layer(train, classes);
        using var optimizer = options.Optimizer.Create(layer.named_parameters(), adapted: _ => false);
        int count = (int)train.Count, batch = Math.Min(options.BatchSize, count), steps = (count + batch - 1) / batch;
        var schedule = new WarmupCosineSchedule(options.Optimizer.PeakLearningRate(batch), (long)steps * options.Epochs,
            (long)Math.Round(options.Optimizer.Complete().WarmupEpochs!.Value * steps));
        int[] order = [.. Enumerable.Range(0, count)];
        for (int epoch = 0; epoch < options.Epochs; epoch++)
        {
            CounterRandom.For(options.Seed, RandomPurpose.LinearOrder, epoch).Draw(order, count);
            using var shuffled = tensor(order, ScalarType.Int64, train.Values.device);
            for (int step = 0; step < steps; step++)
            {
                using var scope = NewDisposeScope();
                int start = step * batch;
                var rows = shuffled.narrow(0, start, Math.Min(batch, count - start));
                optimizer.ZeroGradients();
                var logits = layer.call(train.Values.index_select(0, rows));
                nn.functional.cross_entropy(logits, train.Labels.index_select(0, rows)).backward();
                optimizer.Step(schedule.LearningRate((long)epoch * steps + step));
            }
            foreach (var (name, values) in layer.state_dict()) RequireFinite(name, values, epoch + 1);
            yield return (epoch + 1, layer);
        }
    }

    private static void RequireFinite(string name, Tensor values, int pass)
    {
        if (ModelState.FaultOf([new(name, values)]) is { } fault)
            throw new InvalidDataException($"After pass {pass} the linear classifier's {fault}: training diverged. Try a smaller " +
                $"learning rate: large features take a small one.");
    }

    private static Linear Layer(Features train, long classes)
    {
        var layer = nn.Linear(train.Dimensions, classes, device: train.Values.device);
        using var _ = no_grad();
        layer.weight.zero_();
        layer.bias!.zero_();
        return layer;
    }

    private static LinearClassifier Taken(Linear layer)
    {
        using var _ = no_grad();
        return new LinearClassifier(
            layer.weight.detach().to(ScalarType.Float64).DetachFromDisposeScope(),
            layer.bias!.detach().to(ScalarType.Float64).DetachFromDisposeScope());
    }
}
