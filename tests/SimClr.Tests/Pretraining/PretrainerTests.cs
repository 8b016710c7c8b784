using SimClr.Datasets;
using SimClr.Loading;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Pretraining;
using SimClr.Tests.Datasets;
using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Tests.Pretraining;

public sealed class PretrainerTests
{
    private static readonly PretrainOptions Options = new()
    {
        Preprocessing = new() { ImageSize = 8 },
        Epochs = 4,
        BatchSize = 8,
        Seed = 2,
        Encoder = new ResNetOptions { Width = 0.125 },
        Head = new ProjectionHeadOptions { OutputDim = 16 },
        Optimizer = new OptimizerOptions { LearningRate = 1, WarmupEpochs = 1 },
    };

    private static SimClrModel Model(PretrainOptions o) => new(o.Encoder, o.Head, o.ImageSize, o.Seed);

    private static ViewLoader Loader(IImageDataset data, PretrainOptions o) => new(data, o.Views, o.Preprocessing, o.BatchSize, o.Seed) { MicroBatchSize = o.MicroBatchSize, SmallCrops = o.SmallCrops };

    private static Dictionary<string, Tensor> Copy(IEnumerable<KeyValuePair<string, Tensor>> state) =>
        state.ToDictionary(s => s.Key, s => s.Value.detach().clone());

    private static List<StepMetrics> Run(Pretrainer pretrainer, ViewLoader loader, long until)
    {
        var metrics = new List<StepMetrics>();
        while (pretrainer.Step < until)
        {
            int skip = (int)(pretrainer.Step % pretrainer.StepsPerEpoch);
            foreach (var step in pretrainer.Steps(loader.Epoch(pretrainer.Epoch, skip)))
            {
                metrics.Add(step);
                if (step.Step == until) break;
            }
        }
        return metrics;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_restored_run_continues_bit_for_bit(int microBatch)
    {
        var Options = PretrainerTests.Options with { MicroBatchSize = microBatch };
        var data = new SyntheticImages(30);
        using SimClrModel straight = Model(Options), first = Model(Options), second = Model(Options with { Seed = 99 });
        using var whole = new Pretrainer(straight, Options, data.Count);
        var expected = Run(whole, Loader(data, Options), 9);

        using var before = new Pretrainer(first, Options, data.Count);
        var metrics = Run(before, Loader(data, Options), 5); // within an epoch of three steps
        using var scope = NewDisposeScope();
        var (model, optimizer) = (Copy(first.state_dict()), Copy(before.OptimizerState));
        second.load_state_dict(model);
        using var after = new Pretrainer(second, Options, data.Count);
        after.Restore(5, optimizer);
        metrics.AddRange(Run(after, Loader(data, Options), 9));

        metrics.ShouldBe(expected);
        var (a, b) = (straight.state_dict(), second.state_dict());
        a.Keys.ShouldAllBe(k => Golden.MaxDifference(a[k], b[k]) == 0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_restored_run_with_small_crops_and_probe_continues_bit_for_bit(int microBatch)
    {
        var options = Options with { MicroBatchSize = microBatch, Preprocessing = new() { ImageSize = 16 }, SmallCrops = new() { Count = 2, ImageSize = 8 } };
        var data = new SyntheticImages(30);
        int[] labels = [.. Enumerable.Range(0, data.Count).Select(data.Label)];
        using SimClrModel straight = Model(options), first = Model(options), second = Model(options with { Seed = 99 });
        using OnlineProbe probe = Probe(straight), firstProbe = Probe(first), secondProbe = Probe(second);
        using var whole = new Pretrainer(straight, options, data.Count, probe);
        var expected = Run(whole, Loader(data, options), 9);

        using var before = new Pretrainer(first, options, data.Count, firstProbe);
        var metrics = Run(before, Loader(data, options), 5);
        using var scope = NewDisposeScope();
        var (model, optimizer) = (Copy(first.state_dict()), Copy(before.OptimizerState));
        using var after = new Pretrainer(second, options, data.Count, secondProbe);
        ModelState.Load(second, model);
        after.Restore(5, optimizer);
        metrics.AddRange(Run(after, Loader(data, options), 9));

        metrics.ShouldBe(expected);
        foreach (var (name, tensor) in straight.state_dict()) second.state_dict()[name].ToBytes().ShouldBe(tensor.ToBytes(), name);
        foreach (var (name, tensor) in whole.OptimizerState) after.OptimizerState[name].ToBytes().ShouldBe(tensor.ToBytes(), name);

        OnlineProbe Probe(SimClrModel model) => new(labels, 4, model.FeatureDim, CPU);
    }

    [Fact]
    public void The_probe_changes_no_bit_of_the_encoder()
    {
        var data = new SyntheticImages(30);
        using SimClrModel with = Model(Options), without = Model(Options);
        using var probe = new OnlineProbe([.. Enumerable.Range(0, data.Count).Select(data.Label)], 4, with.FeatureDim, CPU);
        using var watched = new Pretrainer(with, Options, data.Count, probe);
        using var alone = new Pretrainer(without, Options, data.Count);

        var metrics = Run(watched, Loader(data, Options), 6);

        metrics.ShouldAllBe(m => m.ProbeTop1 >= 0 && m.ProbeTop1 <= 1);
        metrics.Select(m => m with { ProbeTop1 = null }).ShouldBe(Run(alone, Loader(data, Options), 6));
        ModelState.Sha256(with).ShouldBe(ModelState.Sha256(without));
    }

    [Fact]
    public void A_micro_batch_as_large_as_the_batch_changes_no_bit()
    {
        var data = new SyntheticImages(30);
        using SimClrModel ordinary = Model(Options), micro = Model(Options);
        using Pretrainer first = new(ordinary, Options, data.Count), second = new(micro, Options with { MicroBatchSize = 8 }, data.Count);
        Run(second, Loader(data, second.Options), 4).ShouldBe(Run(first, Loader(data, Options), 4));
        var (a, b) = (ordinary.state_dict(), micro.state_dict());
        a.Keys.ShouldAllBe(k => Golden.MaxDifference(a[k], b[k]) == 0);
    }

    [Fact]
    public void One_step_equals_loss_gradient_and_optimiser_with_autograd()
    {
        var data = new SyntheticImages(8);
        var options = Options with { Optimizer = new OptimizerOptions { LearningRate = 1, WarmupEpochs = 0, Momentum = 0, WeightDecay = 0 } };
        using SimClrModel ours = Model(options), reference = Model(options);
        using var batch = Loader(data, options).Epoch(0).First();
        using var scope = NewDisposeScope();

        var z = nn.functional.normalize(reference.call(batch.Views));
        var s = z.mm(z.t()).div(options.Temperature).masked_fill(eye(16, dtype: ScalarType.Bool), double.NegativeInfinity);
        var loss = nn.functional.cross_entropy(s, arange(16).add(8).remainder(16));
        loss.backward();
        using (no_grad())
            foreach (var p in reference.parameters().Where(p => p.requires_grad)) p.sub_(p.grad! * (8.0 / 256));

        using var pretrainer = new Pretrainer(ours, options, data.Count);
        var metrics = pretrainer.Steps(Loader(data, options).Epoch(0)).First();

        metrics.Loss.ShouldBe(loss.item<float>(), 1e-5);
        metrics.LearningRate.ShouldBe(8.0 / 256, 1e-12);
        var (a, b) = (ours.state_dict(), reference.state_dict());
        foreach (string name in a.Keys) Golden.MaxDifference(a[name], b[name]).ShouldBeLessThan(1e-5, name);
    }

    [Fact]
    public void Tensors_and_memory_are_constant_over_a_thousand_steps()
    {
        var data = new SyntheticImages(8, 2);
        var options = Options with { BatchSize = 2, Epochs = 1000, Encoder = new ResNetOptions { Width = 0.0625 }, Optimizer = new OptimizerOptions { LearningRate = 0.01 } };
        using var model = Model(options);
        using var pretrainer = new Pretrainer(model, options, data.Count);
        var loader = Loader(data, options);
        Run(pretrainer, loader, 400); // the allocators have reached their steady state
        var (tensors, memory) = (Settled(), Environment.WorkingSet);
        Run(pretrainer, loader, 1000);
        Settled().ShouldBe(tensors);
        (Environment.WorkingSet - memory).ShouldBeLessThan(40L << 20);
    }

    [Fact]
    public void Training_learns_to_tell_positives_from_negatives()
    {
        var data = new BuiltInImages(DatasetPart.Train, count: 64, size: 16);
        var options = Options with { Preprocessing = new() { ImageSize = 16 }, BatchSize = 32, Epochs = 60, Views = new ViewPolicy { MinScale = 0.5, JitterProbability = 0, GrayscaleProbability = 0 }, Optimizer = new OptimizerOptions { LearningRate = 0.5, WarmupEpochs = 1 } };
        using var model = Model(options);
        using var pretrainer = new Pretrainer(model, options, data.Count);
        var metrics = Run(pretrainer, Loader(data, options), pretrainer.TotalSteps);
        metrics[0].Top1.ShouldBeLessThan(0.5);
        metrics[^1].Loss.ShouldBeLessThan(metrics[0].Loss - 0.5);
        metrics[^1].Top1.ShouldBeGreaterThan(0.5);
    }

    [Fact]
    public void Divergence_names_the_step_and_does_not_change_the_weights()
    {
        var data = new SyntheticImages(16);
        using var model = Model(Options);
        using (no_grad()) model.state_dict()["head.layers.0.weight"][0, 0] = float.NaN;
        using var pretrainer = new Pretrainer(model, Options, data.Count);
        var before = model.Encoder.parameters().Select(p => p.sum().item<float>()).ToList();

        var e = Should.Throw<TrainingDivergedException>(() => pretrainer.Steps(Loader(data, Options).Epoch(0)).First());

        e.Step.ShouldBe(1);
        e.Message.ShouldContain("learning rate");
        pretrainer.Step.ShouldBe(0);
        model.Encoder.parameters().Select(p => p.sum().item<float>()).ShouldBe(before);
    }

    [Fact]
    public void Cancellation_ends_after_the_current_step()
    {
        var data = new SyntheticImages(32);
        using var model = Model(Options);
        using var pretrainer = new Pretrainer(model, Options, data.Count);
        using var stop = new CancellationTokenSource();
        int steps = 0;
        foreach (var _ in pretrainer.Steps(Loader(data, Options).Epoch(0), stop.Token))
        {
            if (++steps == 2) stop.Cancel();
        }
        (steps, pretrainer.Step).ShouldBe((2, 2));
    }

    [Fact]
    public void Fewer_images_than_a_batch_are_refused()
    {
        using var model = Model(Options);
        Should.Throw<InvalidDataException>(() => new Pretrainer(model, Options, 7)).Message.ShouldContain("8");
    }

    public static TheoryData<PretrainOptions, PretrainOptions, string> Mismatches => new()
    {
        { Options with { MicroBatchSize = 3 }, Options, "has 8 images, and BatchSize 8, MicroBatchSize 3 and 1 rank make batches of 2 or 3" },
        { Options, Options with { MicroBatchSize = 3 }, "has 2 images, and BatchSize 8, MicroBatchSize 0 and 1 rank make batches of 8" },
        { Options with { MicroBatchSize = 4 }, Options with { MicroBatchSize = 2 }, "has 2 images, and BatchSize 8, MicroBatchSize 4 and 1 rank make batches of 4" },
        { Options with { BatchSize = 12 }, Options, "has 8 images, and BatchSize 12" },
        { Options with { SmallCrops = new() { Count = 2, ImageSize = 8 } }, Options, "has 0 small crops, and SmallCrops.Count is 2" },
        { Options, Options with { SmallCrops = new() { Count = 2, ImageSize = 8 } }, "has 16 small crops, and SmallCrops.Count is 0" },
        { Options with { SmallCrops = new() { Count = 2, ImageSize = 8 } }, Options with { SmallCrops = new() { Count = 1, ImageSize = 8 } }, "has small crops of shape (8, 3, 8, 8), and there must be 16 of them" },
        { Options with { SmallCrops = new() { Count = 1, ImageSize = 8 } }, Options with { SmallCrops = new() { Count = 1, ImageSize = 12 } }, "has small crops of 12 × 12 pixels, and SmallCrops.ImageSize is 8" },
        { Options with { Preprocessing = new() { ImageSize = 16 } }, Options, "has views of 8 × 8 pixels, and ImageSize is 16" },
        { Options with { Encoder = Options.Encoder with { Channels = 1 } }, Options, "has views of 3 channels, and Encoder.Channels is 1" },
    };

    [Theory]
    [MemberData(nameof(Mismatches))]
    public void Batches_that_do_not_fit_the_options_are_refused_and_change_nothing(PretrainOptions options, PretrainOptions loaders, string reason)
    {
        var data = new SyntheticImages(30);
        using var model = Model(options);
        string before = ModelState.Sha256(model);
        using var pretrainer = new Pretrainer(model, options, data.Count);
        var loader = new ViewLoader(data, loaders.Views with { JitterProbability = 0, GrayscaleProbability = 0 }, loaders.Preprocessing, loaders.BatchSize, loaders.Seed)
        {
            MicroBatchSize = loaders.MicroBatchSize,
            SmallCrops = loaders.SmallCrops,
        };

        Should.Throw<ArgumentException>(() => pretrainer.Steps(loader.Epoch(0)).First()).Message.ShouldStartWith($"The batch {reason}");

        pretrainer.Step.ShouldBe(0);
        ModelState.Sha256(model).ShouldBe(before);
    }

    [Fact]
    public void A_step_that_fails_between_micro_batches_does_not_change_the_statistics()
    {
        var options = Options with { MicroBatchSize = 3 };
        var data = new SyntheticImages(30);
        using var model = Model(options);
        string before = ModelState.Sha256(model);
        using var pretrainer = new Pretrainer(model, options, data.Count);
        Should.Throw<ArgumentException>(() => pretrainer.Steps(Loader(data, options).Epoch(0).Take(4)).First()); // of six parts
        ModelState.Sha256(model).ShouldBe(before);
    }

    // The live tensors of the whole process, after the prefetched batches of an abandoned epoch are disposed of.
    internal static long Settled()
    {
        long count = -1;
        for (int same = 0; same < 3;)
        {
            Thread.Sleep(20);
            GC.Collect();
            GC.WaitForPendingFinalizers();
            same = Tensor.TotalCount == count ? same + 1 : 0;
            count = Tensor.TotalCount;
        }
        return count;
    }
}
