using SimClr.Loading;
using SimClr.Losses;
using SimClr.Optimization;
using SimClr.Randomness;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Pretraining;

// One step.
public sealed partial class Pretrainer
{
    // As TakeStep, by a host that enqueues and reads nothing.
    private PendingStep EnqueueStep(BatchCursor views)
    {
        using var scope = NewDisposeScope();
        using var products = Float32Precision.Of(Options.Precision);
        using var timing = CudnnTiming.For(device);
        var (epoch, learningRate) = (Epoch, schedule.LearningRate(Step));
        Model.train();
        optimizer.ZeroGradients();
        statistics.Keep(unless: diverged);
        using var result = batchGradient.Backpropagate(views);
        using var noGrad = no_grad();
        var norm = ForeachKernels.Norm([.. Gradients()]);
        diverged.copy_(diverged.maximum((norm + statistics.Sum()).isfinite().logical_not().to(float32)));
        optimizer.Step(learningRate, diverged);
        Step++;
        return new PendingStep(Step, epoch, learningRate, new AsyncReadback(cat([result.Late!, stack([norm.to(float64), diverged.to(float64)])])));
    }

    private StepMetrics TakeStep(BatchCursor views)
    {
        using var scope = NewDisposeScope();
        using var products = Float32Precision.Of(Options.Precision);
        using var timing = CudnnTiming.For(device);
        int epoch = Epoch;
        double learningRate = schedule.LearningRate(Step);
        Model.train();
        optimizer.ZeroGradients();

        statistics.Keep();
        using var result = batchGradient.Backpropagate(views);
        bool statisticsAreFinite = statistics.AreFinite();
        if (!statisticsAreFinite) Gradients().First().detach().fill_(double.NaN); // and so all ranks know
        synchronizer.AddGradients();

        double norm = GradientNorm();
        if (!double.IsFinite(norm))
            throw new TrainingDivergedException(Step + 1, statisticsAreFinite ? "the gradient" : "the running statistics", learningRate);
        optimizer.Step(learningRate);
        memory?.Advance();
        Step++;
        return new StepMetrics(Step, epoch, result.Loss, learningRate, result.Top1, result.Top5, result.Entropy, norm, probe?.Step(Communicator))
        {
            Collapsed = IsCollapsed(result.Top1, result.Entropy),
        };
    }

    // Probe and memory take what the pass with a graph has: each view once, also where gradient caching has two passes.
    private Tensor Project(ViewBatch batch)
    {
        expected.Require(batch);
        using var scope = NewDisposeScope();
        using var seeded = Options.Encoder.IsStochastic ? new SeededGenerator(SeedOf(batch), device) : null;
        var views = DeviceCopy.To(batch.Views, device).to(type);                                    // (2m, 3, S, S)
        var (h, z) = Forward(views);                                                                // (2m, D), (2m, d)
        if (is_grad_enabled())
        {
            probe?.Observe(h, batch.Indices);
            memory?.Encode(views);
        }
        if (batch.SmallCrops is { } crops) z = cat([z, Forward(DeviceCopy.To(crops, device).to(type)).Z]);   // ((2 + n)m, d)
        return z.MoveToOuterDisposeScope();
    }

    // A batch and its micro-batches begin with different images; both passes of gradient caching begin with the same one.
    private long SeedOf(ViewBatch batch) => (long)new CounterRandom(Options.Seed, Step, batch.Indices[0], RandomLayers + Communicator.Rank).NextBits();

    // Of the parameters that the loss reaches: of an encoder of ours all of them.
    private IEnumerable<Tensor> Gradients() => parameters.Select(p => p.grad).OfType<Tensor>();

    // In the run's precision; float32 comes out.
    private (Tensor H, Tensor Z) Forward(Tensor views)
    {
        using var autocast = Options.Precision == Precision.Bf16 ? Autocast.ToBFloat16(device) : null;
        var h = Model.Encoder.call(views);
        var z = Model.Head.call(h);
        return autocast is null ? (h, z) : (h.to(float32), z.to(float32));
    }

    private NtXentResult Loss(Tensor z)
    {
        if (ReadsMetricsLate) return loss.Enqueue(z);
        using var negatives = memory?.Negatives();
        return loss.Compute(z, negatives) ?? throw new TrainingDivergedException(Step + 1, "the projections", schedule.LearningRate(Step));
    }

    private double GradientNorm()
    {
        using var scope = NewDisposeScope();
        return stack(Gradients().Select(g => g.norm())).norm().to(float64).item<double>();
    }
}
