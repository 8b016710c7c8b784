using SimClr.Datasets;
using SimClr.Loading;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Pretraining;
using SimClr.Tests.Datasets;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Pretraining;

/// <summary>The parts of a step that differ on a GPU, tested on the CPU.</summary>
public sealed class DeviceStepTests
{
    private static readonly PretrainOptions Options = new()
    {
        Preprocessing = new() { ImageSize = 8 },
        Epochs = 4,
        BatchSize = 8,
        Encoder = new ResNetOptions { Width = 0.125 },
        Head = new ProjectionHeadOptions { OutputDim = 16 },
        Optimizer = new OptimizerOptions { LearningRate = 1, WarmupEpochs = 1 },
    };

    private static SimClrModel Model(PretrainOptions o) => new(o.Encoder, o.Head, o.ImageSize, o.Seed);

    private static ViewLoader Loader(IImageDataset data) => new(data, Options.Views, Options.Preprocessing, Options.BatchSize, Options.Seed);

    [Theory]
    [InlineData(OptimizerKind.Sgd, 1)]
    [InlineData(OptimizerKind.Lars, 5)]
    [InlineData(OptimizerKind.Adamw, 100)]
    [InlineData(OptimizerKind.Sgd, 5, "stem", "layer3")]
    public void Metrics_read_late_belong_to_the_same_steps(OptimizerKind kind, int settleEvery, params string[] frozen)
    {
        var options = Options with { Freeze = frozen, Optimizer = new OptimizerOptions { Kind = kind, WarmupEpochs = 0, LayerDecay = frozen.Length == 0 ? 1 : 0.9 } };
        var data = new SyntheticImages(32);
        using SimClrModel a = Model(options), b = Model(options);
        using Pretrainer atOnce = new(a, options, data.Count), late = new(b, options, data.Count) { ReadsMetricsLate = true, SynchronizeEvery = settleEvery };
        var expected = atOnce.Steps(Loader(data).Batches(0, 12)).ToList();
        var ahead = new List<long>();
        int i = 0;
        foreach (var step in late.Steps(Loader(data).Batches(0, 12)))
        {
            ahead.Add(late.Step - step.Step);
            (step.Step, step.Epoch, step.LearningRate).ShouldBe((expected[i].Step, expected[i].Epoch, expected[i].LearningRate));
            step.Loss.ShouldBe(expected[i].Loss, 2e-3 * expected[i].Loss);
            step.GradientNorm.ShouldBe(expected[i].GradientNorm, 0.05 * expected[i].GradientNorm);
            (step.Top1, step.Top5).ShouldSatisfyAllConditions(t => t.Top1.ShouldBe(expected[i].Top1, 0.2), t => t.Top5.ShouldBe(expected[i].Top5, 0.2));
            step.Entropy.ShouldBe(expected[i].Entropy, 1e-2);
            if (++i == 1) step.Loss.ShouldBe(expected[0].Loss, 1e-5);
        }
        i.ShouldBe(12);
        ahead.ShouldBe(Enumerable.Range(1, 12).Select(s => s % settleEvery == 0 || s == 12 ? 0L : 1));
    }

    [Fact]
    public void A_diverged_step_does_not_change_the_weights_even_if_detected_late()
    {
        foreach (var kind in Enum.GetValues<OptimizerKind>())
        {
            var options = Options with { Optimizer = new OptimizerOptions { Kind = kind, LearningRate = 0.1, WarmupEpochs = 0 } };
            var data = new SyntheticImages(32);
            using var model = Model(options);
            using var late = new Pretrainer(model, options, data.Count) { ReadsMetricsLate = true, SynchronizeEvery = 100 };
            using var steps = late.Steps(Loader(data).Batches(0, 12)).GetEnumerator();
            steps.MoveNext().ShouldBeTrue(); // two steps are done
            using (no_grad()) model.named_parameters().Single(p => p.name == "head.layers.1.weight").parameter[0].fill_(float.NaN);
            using var scope = NewDisposeScope();
            var before = model.parameters().Select(p => p.detach().clone()).ToList();
            steps.MoveNext().ShouldBeTrue();                                                 // the third is enqueued
            Should.Throw<TrainingDivergedException>(() => steps.MoveNext()).Step.ShouldBe(3); // and the fourth
            foreach (var (now, was) in model.parameters().Zip(before)) now.eq(was).logical_or(was.isnan()).all().item<bool>().ShouldBeTrue(kind.ToString());
        }
    }

    [Fact]
    public void A_network_moves_to_a_device_completely()
    {
        using var scope = NewDisposeScope();
        using var model = Model(Options);
        model.to(META);
        model.state_dict().Values.ShouldAllBe(t => t.is_meta);
        Tensor[] fields = [.. model.Encoder.modules().OfType<BatchNorm>().SelectMany(norm => new[] { norm.weight, norm.bias })];
        fields.ShouldAllBe(t => t.is_meta);
    }

    [Fact]
    public void Views_of_the_CPU_and_of_a_device_train_alike()
    {
        var data = new SyntheticImages(40);
        using var resident = DeviceImages.Load(data, CPU, 1 << 20, threads: 2);
        var curves = new List<List<StepMetrics>>();
        foreach (var loader in new[]
        {
            Loader(data),
            new ViewLoader(data, Options.Views, Options.Preprocessing, Options.BatchSize, Options.Seed, threads: 2) { RenderOn = CPU },
            new ViewLoader(data, Options.Views, Options.Preprocessing, Options.BatchSize, Options.Seed) { RenderOn = CPU, Resident = resident },
        })
        {
            var options = Options with { Optimizer = new OptimizerOptions { LearningRate = 0.1, WarmupEpochs = 0 } };
            using var model = Model(options);
            using var pretrainer = new Pretrainer(model, options, data.Count);
            curves.Add([.. pretrainer.Steps(loader.Batches(0, 12))]);
        }
        for (int i = 0; i < 12; i++)
        {
            curves[1][i].Loss.ShouldBe(curves[0][i].Loss, 2e-3);
            curves[2][i].Loss.ShouldBe(curves[1][i].Loss, 1e-6);
        }
    }

    [SkippableCuda]
    public void On_a_GPU_a_run_gives_the_losses_of_the_CPU()
    {
        var data = new SyntheticImages(64);
        var options = Options with { Optimizer = new OptimizerOptions { LearningRate = 0.1, WarmupEpochs = 0 } };
        var curves = new List<List<StepMetrics>>();
        foreach (var device in new[] { CPU, new Device("cuda:0") })
        {
            using var model = Model(options);
            model.to(device);
            using var pretrainer = new Pretrainer(model, options, data.Count);
            var loader = new ViewLoader(data, options.Views, options.Preprocessing, options.BatchSize, options.Seed) { RenderOn = device };
            curves.Add([.. pretrainer.Steps(loader.Batches(0, 8))]);
        }
        for (int i = 0; i < 8; i++) curves[1][i].Loss.ShouldBe(curves[0][i].Loss, 1e-2);
    }
}
