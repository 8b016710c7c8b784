using SimClr.Datasets;
using SimClr.Loading;
using SimClr.Losses;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Pretraining;
using SimClr.Tests.Datasets;
using static TorchSharp.torch;

namespace SimClr.Tests.Pretraining;

/// <summary>A step that diverges, and a run that collapses.</summary>
public sealed class DivergenceTests
{
    private static readonly PretrainOptions Options = new()
    {
        Preprocessing = new() { ImageSize = 8 },
        Epochs = 4,
        BatchSize = 8,
        Encoder = new ResNetOptions { Width = 0.125 },
        Head = new ProjectionHeadOptions { OutputDim = 16 },
        Optimizer = new OptimizerOptions { Kind = OptimizerKind.Adamw, LearningRate = 0.01, WarmupEpochs = 0 },
    };

    private static SimClrModel Model(PretrainOptions o) => new(o.Encoder, o.Head, o.ImageSize, o.Seed);

    private static IEnumerable<ViewBatch> Batches(IImageDataset data, PretrainOptions o, int from, int to) =>
        new ViewLoader(data, o.Views, o.Preprocessing, o.BatchSize, o.Seed) { MicroBatchSize = o.MicroBatchSize, SmallCrops = o.SmallCrops }.Batches(from, to);

    // Damages a good batch, or each of its micro-batches, with values that no network can process.
    private static IEnumerable<ViewBatch> Spoiled(IEnumerable<ViewBatch> batches, bool overflowing)
    {
        foreach (var batch in batches)
        {
            if (overflowing) batch.Views.mul_(1e30);
            else batch.Views[0, 0, 0, 0] = float.NaN;
            yield return batch;
        }
    }

    private static Dictionary<string, byte[]> Everything(Pretrainer pretrainer) =>
        pretrainer.Model.state_dict().Concat(pretrainer.OptimizerState).ToDictionary(t => t.Key, t => t.Value.ToBytes());

    [Theory]
    [InlineData("plain", true, "the running statistics")]
    [InlineData("plain", false, "the projections")]
    [InlineData("late", true, "the running statistics")]
    [InlineData("late", false, "the projections")]
    [InlineData("micro-batches", true, "the running statistics")]
    [InlineData("micro-batches", false, "the projections")]
    [InlineData("all", true, "the running statistics")]
    [InlineData("all", false, "the projections")]
    public void A_step_that_diverges_leaves_no_trace(string way, bool overflowing, string what)
    {
        var options = Options with
        {
            MicroBatchSize = way == "plain" || way == "late" ? 0 : 3,
            Preprocessing = new() { ImageSize = 16 },
            SmallCrops = new() { Count = way == "all" ? 2 : 0, ImageSize = 8 },
        };
        var data = new SyntheticImages(32);
        using SimClrModel model = Model(options), reference = Model(options);
        using OnlineProbe probe = Probe(model), referenceProbe = Probe(reference);
        using Pretrainer run = new(model, options, data.Count, way == "all" ? probe : null) { ReadsMetricsLate = way == "late", SynchronizeEvery = 100 };
        using Pretrainer expected = new(reference, options, data.Count, way == "all" ? referenceProbe : null) { ReadsMetricsLate = way == "late", SynchronizeEvery = 100 };
        expected.Steps(Batches(data, options, 0, 2)).Count().ShouldBe(2);

        var metrics = new List<StepMetrics>();
        var error = Should.Throw<TrainingDivergedException>(() =>
        {
            var batches = Batches(data, options, 0, 2).Concat(Spoiled(Batches(data, options, 2, 3), overflowing)).Concat(Batches(data, options, 2, 4));
            foreach (var step in run.Steps(batches)) metrics.Add(step);
        });

        metrics.Count.ShouldBe(2);
        (error.Step, run.Step).ShouldBe((3, 2));
        error.Message.ShouldSatisfyAllConditions(m => m.ShouldContain(what), m => m.ShouldContain("smaller learning rate"));
        var (after, before) = (Everything(run), Everything(expected));
        foreach (string name in before.Keys) after[name].ShouldBe(before[name], name);

        // As if that batch had never existed.
        run.Steps(Batches(data, options, 2, 4)).ToList().ShouldBe(expected.Steps(Batches(data, options, 2, 4)).ToList());
        ModelState.Sha256(model).ShouldBe(ModelState.Sha256(reference));

        OnlineProbe Probe(SimClrModel model) => new([.. Enumerable.Range(0, data.Count).Select(data.Label)], 4, model.FeatureDim, CPU);
    }

    [Theory]
    [InlineData(OptimizerKind.Lars)]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.Adamw)]
    public void A_far_too_high_learning_rate_ends_before_infinite_values_are_stored(OptimizerKind kind)
    {
        var options = Options with { Epochs = 100, Optimizer = new OptimizerOptions { Kind = kind, LearningRate = 1e6, WarmupEpochs = 0 } };
        var data = new SyntheticImages(32);
        using var model = Model(options);
        using var run = new Pretrainer(model, options, data.Count);
        Should.Throw<TrainingDivergedException>(() => run.Steps(Batches(data, options, 0, 400)).Count());
        ModelState.FaultOf(model.state_dict().Concat(run.OptimizerState)).ShouldBeNull();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Black_images_collapse_and_others_do_not(bool late)
    {
        using SimClrModel black = Model(Options), noise = Model(Options);
        using Pretrainer collapsing = new(black, Options, 16) { ReadsMetricsLate = late }, learning = new(noise, Options, 16) { ReadsMetricsLate = late };
        var step = collapsing.Steps([new ViewBatch(zeros(16, 3, 8, 8), [.. Enumerable.Range(0, 8)])]).Single();
        (step.Collapsed, step.Top1, step.Top5).ShouldBe((true, 0, 0));
        step.Entropy.ShouldBe(Math.Log(15), 1e-5);
        learning.Steps(Batches(new SyntheticImages(16), Options, 0, 6)).ShouldAllBe(s => !s.Collapsed);
    }

    // Points around a pole: the deviation of their cosines by its definition, the entropy by the loss.
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(1.0)]
    public void Collapse_means_a_deviation_of_the_cosines_below_0_01(double temperature)
    {
        const int N = 64, D = 32;
        using var scope = NewDisposeScope();
        using var generator = new Generator(9, CPU);
        var noise = randn(2 * N, D, float64, generator: generator);
        var pole = zeros(D, float64);
        pole[0] = 1;
        foreach (double spread in (double[])[0.005, 0.02, 0.04, 0.06, 0.2])
        {
            var z = nn.functional.normalize(pole + spread * noise);
            double deviation = z.mm(z.t()).masked_select(eye(2 * N, dtype: ScalarType.Bool).logical_not()).reshape(2 * N, -1).@var(1).mean().sqrt().item<double>();
            using var loss = new NtXentLoss(temperature).Compute(z);
            if (Math.Abs(deviation / Collapse.Deviation - 1) < 0.1) continue; // the expansion is an approximation
            Collapse.Is(0, loss.Entropy, N, temperature).ShouldBe(deviation < Collapse.Deviation, $"spread {spread}, deviation {deviation}");
            Collapse.Is(0.1, loss.Entropy, N, temperature).ShouldBeFalse(); // views are distinguished
        }
    }

    [Fact]
    public void A_batch_of_one_image_is_refused() =>
        Should.Throw<ArgumentOutOfRangeException>((Options with { BatchSize = 1 }).Validate).Message.ShouldContain("no negatives");
}
