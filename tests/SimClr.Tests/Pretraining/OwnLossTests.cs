using SimClr.Loading;
using SimClr.Losses;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Pretraining;
using SimClr.Tests.Datasets;
using SimClr.Tests.Losses;
using static TorchSharp.torch;

namespace SimClr.Tests.Pretraining;

/// <summary>A user's loss in the training loop.</summary>
public sealed class OwnLossTests
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

    private static readonly SyntheticImages Data = new(32);

    private static SimClrModel Model() => new(Options.Encoder, Options.Head, Options.ImageSize, Options.Seed);

    private static ViewLoader Loader(int microBatch = 0) => new(Data, Options.Views, Options.Preprocessing, Options.BatchSize, Options.Seed) { MicroBatchSize = microBatch };

    [Fact]
    public void A_custom_loss_learns_labels_and_gets_the_right_indices_in_micro_batches()
    {
        var shown = new List<int[]>();
        var options = Options with { MicroBatchSize = 3 };
        var loss = new SupervisedContrastive(Data.Label, 0.2);
        using var model = Model();
        using var pretrainer = new Pretrainer(model, options, Data.Count, loss: new Watched(loss, batch => shown.Add([.. batch.Indices])));
        pretrainer.Options.Loss.ShouldBe(LossKind.Custom);

        var steps = pretrainer.Steps(Loader(3).Batches(0, pretrainer.TotalSteps)).ToList();

        shown.ShouldBe(Loader().Batches(0, pretrainer.TotalSteps).Select(batch => (int[])[.. batch.Indices, .. batch.Partners]));
        steps[^4..].Average(s => s.Loss).ShouldBeLessThan(steps[..4].Average(s => s.Loss));
        steps.ShouldAllBe(s => double.IsFinite(s.Entropy) && s.Top5 >= s.Top1);
    }

    [Theory]
    [InlineData(LossKind.NtXent)]
    [InlineData(LossKind.Decoupled)]
    public void A_built_in_loss_as_custom_loss_trains_the_same(LossKind kind)
    {
        var options = Options with { Loss = kind };
        IContrastiveLoss given = kind == LossKind.NtXent ? new NtXentLoss(options.Temperature) : new DecoupledLoss(options.Temperature);
        using SimClrModel a = Model(), b = Model();
        using Pretrainer own = new(a, options, Data.Count), brought = new(b, Options, Data.Count, loss: given);
        own.Options.Loss.ShouldBe(kind);
        brought.Steps(Loader().Batches(0, 5)).ToList().ShouldBe(own.Steps(Loader().Batches(0, 5)).ToList());
        ModelState.Sha256(b).ShouldBe(ModelState.Sha256(a));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_host_waits_for_every_loss_that_cannot_be_enqueued(bool canEnqueue)
    {
        var read = new List<bool>();
        using SimClrModel a = Model(), b = Model();
        using var late = new Pretrainer(a, Options, Data.Count, loss: new Watched(new DecoupledLoss(0.5), batch => read.Add(batch.HostMayRead)) { CanEnqueue = canEnqueue }) { ReadsMetricsLate = true, SynchronizeEvery = 100 };
        using var atOnce = new Pretrainer(b, Options with { Loss = LossKind.Decoupled }, Data.Count);
        late.ReadsMetricsLate.ShouldBe(canEnqueue);

        var (steps, expected) = (late.Steps(Loader().Batches(0, 3)).ToList(), atOnce.Steps(Loader().Batches(0, 3)).ToList());

        read.ShouldBe([!canEnqueue, !canEnqueue, !canEnqueue]);
        for (int i = 0; i < 3; i++) steps[i].Loss.ShouldBe(expected[i].Loss, 1e-3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_custom_loss_that_is_not_finite_ends_the_run_by_name_and_leaves_no_trace(bool late)
    {
        int calls = 0;
        using var model = Model();
        using var pretrainer = new Pretrainer(model, Options, Data.Count, loss: new Watched(new NtXentLoss(0.5), _ => calls++, spoil: result =>
        {
            if (calls == 3) result.Figures[0].fill_(double.NaN);
        })
        { CanEnqueue = true })
        { ReadsMetricsLate = late, SynchronizeEvery = 100 };
        pretrainer.Steps(Loader().Batches(0, 2)).Count().ShouldBe(2);
        string before = ModelState.Sha256(model);

        var error = Should.Throw<TrainingDivergedException>(() => pretrainer.Steps(Loader().Batches(2, 4)).ToList());

        error.Message.ShouldStartWith("Training diverged at step 3: the loss 'watched' held values that are not finite");
        pretrainer.Step.ShouldBe(2);
        ModelState.Sha256(model).ShouldBe(before);
    }

    [Fact]
    public void A_custom_loss_that_throws_or_returns_another_shape_leaves_no_trace()
    {
        Action? fail = null;
        Func<LossResult, LossResult> change = result => result;
        using var model = Model();
        using var pretrainer = new Pretrainer(model, Options, Data.Count, loss: new Watched(new NtXentLoss(0.5), _ => fail?.Invoke(), change: result => change(result)));
        string before = ModelState.Sha256(model);
        T Refused<T>() where T : Exception => Should.Throw<T>(() => pretrainer.Steps(Loader().Batches(0, 1)).ToList());

        fail = () => throw new NotSupportedException("mine");
        Refused<NotSupportedException>().Message.ShouldBe("mine");
        fail = null;
        change = r => r with { Gradient = r.Gradient.narrow(0, 0, 8) };
        Refused<InvalidDataException>().Message.ShouldBe("The loss 'watched' gave a gradient of shape (8, 16) and type Float32: it must be (16, 16) and Float32.");
        change = r => r with { Gradient = r.Gradient.to(float64) };
        Refused<InvalidDataException>().Message.ShouldContain("type Float64");
        change = r => r with { Figures = zeros(3, float64) };
        Refused<InvalidDataException>().Message.ShouldContain("a tensor of figures of shape (3)");
        (pretrainer.Step, ModelState.Sha256(model)).ShouldBe((0L, before));
    }

    [Fact]
    public void Unsupported_small_crops_and_a_missing_custom_loss_are_refused_before_the_first_step()
    {
        using var model = Model();
        var crops = Options with { SmallCrops = new() { Count = 2, ImageSize = 8 } };
        Should.Throw<ConfigurationException>(() => new Pretrainer(model, crops, Data.Count, loss: new SupervisedContrastive(Data.Label, 0.5)))
            .Message.ShouldBe("small-crops.count: the loss 'supervised-contrastive' does not support small crops, but the run has 2 of each image: set it to 0.");
        Should.Throw<ConfigurationException>(() => new Pretrainer(model, Options with { Loss = LossKind.Custom }, Data.Count)).Message.ShouldContain("PretrainRunOptions.Loss");
    }

    private sealed class Watched(IContrastiveLoss loss, Action<ProjectionBatch> watch, Action<LossResult>? spoil = null, Func<LossResult, LossResult>? change = null) : IContrastiveLoss
    {
        public string Name => "watched";

        public bool CanEnqueue { get; init; }

        public LossResult Compute(ProjectionBatch batch)
        {
            watch(batch);
            var result = loss.Compute(batch);
            spoil?.Invoke(result);
            return change?.Invoke(result) ?? result;
        }
    }
}
