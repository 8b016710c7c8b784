using SimClr.Loading;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Pretraining;
using SimClr.Tests.Datasets;
using SimClr.Tests.Models;
using static TorchSharp.torch;

namespace SimClr.Tests.Pretraining;

public sealed class CustomEncoderTrainingTests
{
    private static readonly SyntheticImages Data = new(30);

    private static PretrainOptions Options(CustomEncoder encoder) => new()
    {
        Preprocessing = new() { ImageSize = 8 },
        Epochs = 4,
        BatchSize = 8,
        Seed = 2,
        Encoder = encoder,
        Head = new ProjectionHeadOptions { OutputDim = 16, BatchNorm = false },
        Optimizer = new OptimizerOptions { LearningRate = 1, WarmupEpochs = 0, WeightDecay = 0.1 },
    };

    private static SimClrModel Model(PretrainOptions o) => new(o.Encoder, o.Head, o.ImageSize, o.Seed);

    private static IEnumerable<ViewBatch> Batches(PretrainOptions o, long from, long to) =>
        new ViewLoader(Data, o.Views, o.Preprocessing, o.BatchSize, o.Seed) { MicroBatchSize = o.MicroBatchSize }.Batches(from, to);

    private static Dictionary<string, byte[]> Bytes(IEnumerable<KeyValuePair<string, Tensor>> state) => state.ToDictionary(t => t.Key, t => t.Value.ToBytes());

    private static void ShouldBeTheSame(IEnumerable<KeyValuePair<string, Tensor>> actual, IEnumerable<KeyValuePair<string, Tensor>> expected)
    {
        var (a, e) = (Bytes(actual), Bytes(expected));
        a.Keys.Order().ShouldBe(e.Keys.Order());
        foreach (var (name, bytes) in a) bytes.ShouldBe(e[name], name);
    }

    [Fact]
    public void Micro_batches_give_the_weights_of_the_whole_batch()
    {
        var whole = Options(TinyNetwork.Options());
        using SimClrModel a = Model(whole), b = Model(whole);
        using Pretrainer together = new(a, whole, Data.Count), parts = new(b, whole with { MicroBatchSize = 3 }, Data.Count);
        together.Steps(Batches(whole, 0, 5)).Count().ShouldBe(5);
        parts.Steps(Batches(whole with { MicroBatchSize = 3 }, 0, 5)).Count().ShouldBe(5);
        foreach (var (mine, theirs) in b.parameters().Zip(a.parameters())) Golden.MaxDifference(mine, theirs).ShouldBeLessThan(1e-5);
        using var start = Model(whole);
        start.parameters().Zip(a.parameters()).Max(p => Golden.MaxDifference(p.First, p.Second)).ShouldBeGreaterThan(1e-2);
    }

    // The reference keeps all graphs at once, which gradient caching avoids, and reuses the masks of the first pass.
    [Fact]
    public void Both_passes_of_gradient_caching_use_the_same_dropout_masks()
    {
        var options = Options(TinyNetwork.Options(dropout: 0.4)) with { MicroBatchSize = 3, BatchSize = 8 };
        using var scope = NewDisposeScope();
        using var model = Model(options);
        var tiny = (TinyNetwork)model.Encoder;
        var start = model.state_dict().ToDictionary(t => t.Key, t => t.Value.clone());
        using var pretrainer = new Pretrainer(model, options, Data.Count);
        pretrainer.Steps(Batches(options, 0, 1)).Count().ShouldBe(1);
        int parts = tiny.Masks.Count / 2;
        parts.ShouldBe(3);
        for (int i = 0; i < parts; i++) tiny.Masks[i].bytes.ToArray().ShouldBe(tiny.Masks[parts + i].bytes.ToArray());
        tiny.Masks[0].bytes.ToArray().ShouldNotBe(tiny.Masks[1].bytes.ToArray());

        var network = new TinyNetwork(0.4) { Replays = true };
        network.Masks.AddRange(tiny.Masks.Take(parts));
        var reference = new SimClrModel(new CustomEncoder("tiny", _ => network), options.Head, options.ImageSize, 0);
        ModelState.Load(reference, start);
        reference.train();
        int n = options.BatchSize;
        var z = Batches(options, 0, 1).Take(parts).Select(batch => reference.call(batch.Views).reshape(2, batch.Indices.Count, -1)).ToList();
        var u = nn.functional.normalize(cat(z, 1).flatten(0, 1));
        var s = u.mm(u.t()).div(options.Temperature).masked_fill(eye(2 * n, dtype: ScalarType.Bool), double.NegativeInfinity);
        nn.functional.cross_entropy(s, arange(2 * n).add(n).remainder(2 * n)).backward();
        foreach (var (mine, theirs) in model.named_parameters().Zip(reference.named_parameters()))
        {
            if (theirs.parameter.grad is not { } gradient) mine.parameter.grad.ShouldBeNull(mine.name);
            else Golden.MaxDifference(mine.parameter.grad!, gradient).ShouldBeLessThan(1e-6, mine.name);
        }
        ((int)tiny.state_dict()["passes"].item<int>()).ShouldBe(parts); // only the first pass updates the buffers
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_run_with_dropout_resumes_bit_for_bit_with_any_state_of_torchs_generator(int microBatch)
    {
        var options = Options(TinyNetwork.Options(dropout: 0.3, () => new BatchNorm(5))) with { MicroBatchSize = microBatch };
        using SimClrModel straight = Model(options), first = Model(options), second = Model(options with { Seed = 99 });
        using Pretrainer whole = new(straight, options, Data.Count), before = new(first, options, Data.Count), after = new(second, options, Data.Count);
        var expected = whole.Steps(Batches(options, 0, 9)).ToList();

        using var scope = NewDisposeScope();
        manual_seed(77);
        var metrics = before.Steps(Batches(options, 0, 5)).ToList();
        _ = rand(1000);
        ModelState.Load(second, first.state_dict());
        after.Restore(5, before.OptimizerState);
        metrics.AddRange(after.Steps(Batches(options, 5, 9)));

        metrics.ShouldBe(expected);
        ShouldBeTheSame(second.state_dict(), straight.state_dict());
        ShouldBeTheSame(after.OptimizerState, whole.OptimizerState);
    }

    [Fact]
    public void Steps_do_not_change_torchs_generator()
    {
        var options = Options(TinyNetwork.Options(dropout: 0.3));
        using var scope = NewDisposeScope();
        using var model = Model(options);
        using var pretrainer = new Pretrainer(model, options, Data.Count);
        byte[] before = get_rng_state().bytes.ToArray();
        pretrainer.Steps(Batches(options, 0, 2)).Count().ShouldBe(2);
        get_rng_state().bytes.SequenceEqual(before).ShouldBeTrue();
    }

    [Theory]
    [InlineData(OptimizerKind.Sgd, false)]
    [InlineData(OptimizerKind.Lars, false)]
    [InlineData(OptimizerKind.Adamw, false)]
    [InlineData(OptimizerKind.Sgd, true)]
    [InlineData(OptimizerKind.Lars, true)]
    [InlineData(OptimizerKind.Adamw, true)]
    public void A_parameter_that_nothing_uses_stays_as_it_is_and_is_named(OptimizerKind kind, bool late)
    {
        var options = Options(TinyNetwork.Options()) with { Optimizer = new() { Kind = kind, LearningRate = 0.5, WeightDecay = 0.1, WarmupEpochs = 0, ExcludeNormAndBias = false } };
        using SimClrModel model = Model(options), start = Model(options);
        using var pretrainer = new Pretrainer(model, options, Data.Count) { ReadsMetricsLate = late };
        pretrainer.Steps(Batches(options, 0, 3)).Count().ShouldBe(3);
        pretrainer.UnusedParameters.ShouldBe(["encoder.unused"]);
        var (now, then) = (Bytes(model.state_dict()), Bytes(start.state_dict()));
        now["encoder.unused"].ShouldBe(then["encoder.unused"]);
        now["encoder.fc.bias"].ShouldNotBe(then["encoder.fc.bias"]);
        foreach (var (name, tensor) in pretrainer.OptimizerState.Where(t => t.Key.EndsWith("encoder.unused", StringComparison.Ordinal))) tensor.count_nonzero().item<long>().ShouldBe(0, name);
    }

    [Fact]
    public void A_diverged_step_does_not_change_buffers_of_any_type()
    {
        var options = Options(TinyNetwork.Options());
        using var model = Model(options);
        using var pretrainer = new Pretrainer(model, options, Data.Count);
        pretrainer.Steps(Batches(options, 0, 1)).Count().ShouldBe(1);
        var before = Bytes(model.state_dict().Where(t => !t.Key.Contains("weight", StringComparison.Ordinal) && !t.Key.Contains("bias", StringComparison.Ordinal)));
        using (no_grad()) model.named_parameters().First(p => p.name == "encoder.fc.weight").parameter.fill_(float.NaN);
        Should.Throw<TrainingDivergedException>(() => pretrainer.Steps(Batches(options, 1, 2)).Count());
        foreach (var (name, bytes) in before) Bytes(model.state_dict())[name].ShouldBe(bytes, name);
    }

    [Fact]
    public void Parameters_of_several_types_are_refused_by_name()
    {
        var options = Options(new CustomEncoder("mixed", _ =>
        {
            var network = new TinyNetwork();
            network.register_parameter("wide", nn.Parameter(zeros(2, float64)));
            return network;
        }));
        using var model = Model(options);
        Should.Throw<ConfigurationException>(() => new Pretrainer(model, options, Data.Count)).Message.ShouldContain("encoder.wide is not");
    }
}
