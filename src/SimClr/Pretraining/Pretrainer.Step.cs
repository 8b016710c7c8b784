using SimClr.Loading;
using SimClr.Losses;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Randomness;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Pretraining;

// One step.
public sealed partial class Pretrainer
{
    // Like TakeStep, but the host only enqueues and reads nothing.
    private PendingStep EnqueueStep(BatchCursor views)
    {
        using var scope = NewDisposeScope();
        using var products = Float32Precision.Of(Options.Precision);
        using var timing = CudnnTiming.For(device);
        var (epoch, learningRate) = (Epoch, schedule.LearningRate(Step));
        Model.train();
        frozen.Evaluate();
        optimizer.ZeroGradients();
        statistics.Keep(unless: diverged);
        using var result = batchGradient.Backpropagate(views);
        using var noGrad = no_grad();
        var norm = ForeachKernels.Norm([.. Gradients()]);
        var finite = norm + statistics.Sum();
        if (Options.Loss == LossKind.Custom) finite += result.Figures.sum(); // a built-in loss is finite if its gradient is
        diverged.copy_(diverged.maximum(finite.isfinite().logical_not().to(float32)));
        optimizer.Step(learningRate, diverged);
        Step++;
        return new PendingStep(Step, epoch, learningRate, Options.Loss == LossKind.Custom ? OfLoss : "the projections",
            new AsyncReadback(cat([result.Figures, stack([norm.to(float64), diverged.to(float64)])])));
    }

    private StepMetrics TakeStep(BatchCursor views)
    {
        using var scope = NewDisposeScope();
        using var products = Float32Precision.Of(Options.Precision);
        using var timing = CudnnTiming.For(device);
        int epoch = Epoch;
        double learningRate = schedule.LearningRate(Step);
        Model.train();
        frozen.Evaluate();
        optimizer.ZeroGradients();

        statistics.Keep();
        using var result = batchGradient.Backpropagate(views);
        double[] figures = result.Read();
        string? fault = !figures.All(double.IsFinite) ? OfLoss : !statistics.AreFinite() ? "the running statistics" : null;
        if (fault is not null) Gradients().First().detach().fill_(double.NaN); // tells all ranks
        synchronizer.AddGradients();

        double norm = GradientNorm();
        if (!double.IsFinite(norm))
            throw new TrainingDivergedException(Step + 1, fault ?? "the gradient", learningRate);
        optimizer.Step(learningRate);
        Step++;
        return new StepMetrics(Step, epoch, figures[0], learningRate, figures[1], figures[2], figures[3], norm, probe?.Step(Communicator))
        {
            Collapsed = IsCollapsed(figures[1], figures[3]),
        };
    }

    // The probe uses the pass with a graph: it sees each view once, also in gradient caching with its two passes.
    private Tensor Project(ViewBatch batch)
    {
        expected.Require(batch);
        using var scope = NewDisposeScope();
        using var seeded = Options.Encoder.IsStochastic ? new SeededGenerator(SeedOf(batch), device) : null;
        var views = DeviceCopy.To(batch.Views, device);                                             // (2m, 3, S, S)
        var (h, z) = Forward(views.to(type));                                                         // (2m, D), (2m, d)
        if (is_grad_enabled()) probe?.Observe(h, batch.Indices, batch.Partners);
        if (batch.SmallCrops is { } crops) z = cat([z, Forward(DeviceCopy.To(crops, device).to(type)).Z]);   // ((2 + n)m, d)
        else if (Targets(views, batch) is { } targets) z = cat([z, targets.to(z.dtype)], 1);        // (2m, d + T)
        return z.MoveToOuterDisposeScope();
    }

    // Gradient caching needs them in its first pass alone, which has no graph.
    private Tensor? Targets(Tensor views, ViewBatch batch)
    {
        if (is_grad_enabled() && batch.Indices.Count < Options.BatchSize / Communicator.Size) return null;
        using var autocast = Options.Precision == Precision.Bf16 ? Autocast.ToBFloat16(device) : null;
        using var _ = no_grad();
        return Loss.Targets(views, Options.Preprocessing);
    }

    // Batches and micro-batches begin with different images; both passes of gradient caching begin with the same one.
    private long SeedOf(ViewBatch batch) =>
        (long)new CounterRandom(Options.Seed, Step, batch.Indices[0], RandomLayers + Communicator.Rank).NextBits();

    // The gradients of the parameters that the loss reaches: for a built-in encoder all of them.
    private IEnumerable<Tensor> Gradients() => parameters.Select(p => p.grad).OfType<Tensor>();

    // Computes in the run's precision; the result is float32.
    private (Tensor H, Tensor Z) Forward(Tensor views)
    {
        using var autocast = Options.Precision == Precision.Bf16 ? Autocast.ToBFloat16(device) : null;
        var h = EncoderOutput.Require(Model.Encoder.call(views), views, Options.Encoder, Model.FeatureDim);
        var z = Model.Head.call(h);
        return autocast is null ? (h, z) : (h.to(float32), z.to(float32));
    }

    private string OfLoss => $"the loss '{Loss.Name}'";

    private LossResult ComputeLoss(Tensor z, IReadOnlyList<int> indices)
    {
        try
        {
            return distributedLoss.Compute(z, indices, hostMayRead: !ReadsMetricsLate)
                ?? throw new TrainingDivergedException(Step + 1, "the projections", schedule.LearningRate(Step));
        }
        catch
        {
            statistics.Restore(); // even if a user's loss throws: the step did not happen
            probe?.Forget();
            throw;
        }
    }

    private StepMetrics ReadMetrics(PendingStep late)
    {
        var step = RollBackIfDiverged(late.Read);
        return step with { Collapsed = IsCollapsed(step.Top1, step.Entropy) };
    }

    private bool IsCollapsed(double top1, double entropy) => Collapse.Is(top1, entropy, Options.BatchSize, Options.Temperature);

    // Undoes a step that diverged, and the one that was enqueued after it.
    private StepMetrics RollBackIfDiverged(Func<StepMetrics> take)
    {
        try
        {
            return take();
        }
        catch (TrainingDivergedException e)
        {
            statistics.Restore();
            probe?.Forget();
            optimizer.ZeroGradients();
            using var _ = no_grad();
            // the rest of its state did not change
            if (optimizer.State.TryGetValue("step", out var counted)) counted.sub_(Step - (e.Step - 1));
            Step = e.Step - 1;
            diverged.zero_();
            throw;
        }
    }

    private double GradientNorm()
    {
        using var scope = NewDisposeScope();
        return stack(Gradients().Select(g => g.norm())).norm().to(float64).item<double>();
    }
}
