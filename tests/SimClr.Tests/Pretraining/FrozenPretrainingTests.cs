using SimClr.Loading;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Pretraining;
using SimClr.Tests.Datasets;
using static TorchSharp.torch;

namespace SimClr.Tests.Pretraining;

/// <summary>Pretraining with a frozen part of the encoder and separate rates for the rest.</summary>
public sealed class FrozenPretrainingTests
{
    private static readonly PretrainOptions Options = new()
    {
        Preprocessing = new() { ImageSize = 8 },
        Epochs = 3,
        BatchSize = 8,
        Seed = 2,
        Encoder = new ResNetOptions { Width = 0.125 },
        Head = new ProjectionHeadOptions { OutputDim = 16 },
        Optimizer = new OptimizerOptions { LearningRate = 1, WarmupEpochs = 1, LayerDecay = 0.5 },
    };

    private static SimClrModel Model(PretrainOptions o) => new(o.Encoder, o.Head, o.ImageSize, o.Seed);

    private static Dictionary<string, Tensor> Copy(IEnumerable<KeyValuePair<string, Tensor>> state) => state.ToDictionary(s => s.Key, s => s.Value.detach().clone());

    private static List<StepMetrics> Run(Pretrainer pretrainer, PretrainOptions o, long until) => [.. pretrainer.Steps(
        new ViewLoader(new SyntheticImages(24), o.Views, o.Preprocessing, o.BatchSize, o.Seed) { MicroBatchSize = o.MicroBatchSize }.Batches(pretrainer.Step, until))];

    [Theory]
    [InlineData(0, "stem,layer1", "conv1", "bn1", "layer1")]
    [InlineData(3, "layer2.0", "layer2.0")]
    [InlineData(0, "all", "")]
    public void A_restored_run_with_frozen_parts_continues_bit_for_bit(int microBatch, string freeze, params string[] parts)
    {
        using var scope = NewDisposeScope();
        var options = Options with { MicroBatchSize = microBatch, Freeze = freeze.Split(',') };
        using SimClrModel straight = Model(options), first = Model(options), second = Model(options with { Seed = 99 });
        var start = Copy(straight.state_dict());
        using var whole = new Pretrainer(straight, options, 24);
        var expected = Run(whole, options, 7);

        using var before = new Pretrainer(first, options, 24);
        var metrics = Run(before, options, 4);
        second.load_state_dict(Copy(first.state_dict()));
        using var after = new Pretrainer(second, options, 24);
        after.Restore(4, Copy(before.OptimizerState));
        metrics.AddRange(Run(after, options, 7));

        metrics.ShouldBe(expected);
        foreach (var (name, tensor) in straight.state_dict())
        {
            Golden.MaxDifference(tensor, second.state_dict()[name]).ShouldBe(0, name);
            bool frozen = name.StartsWith("encoder.", StringComparison.Ordinal) && parts.Any(part => name.StartsWith($"encoder.{part}", StringComparison.Ordinal));
            // the last norm has no β
            if (name != "head.layers.4.bias") (Golden.MaxDifference(tensor, start[name]) == 0).ShouldBe(frozen, name);
            if (frozen) after.OptimizerState.Keys.ShouldNotContain(key => key.EndsWith(name, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Freezing_everything_or_an_unknown_name_is_refused_and_the_model_stays_trainable()
    {
        var options = Options with { Head = new() { Layers = 0 }, Freeze = ["all"] };
        using var model = Model(options);
        Should.Throw<ConfigurationException>(() => new Pretrainer(model, options, 8)).Message.ShouldBe("freeze: all leaves nothing to train.");
        Should.Throw<ConfigurationException>(() => new Pretrainer(model, options with { Freeze = ["neck"] }, 8)).Message.ShouldStartWith("freeze: the encoder has no stage neck.");
        model.parameters().ShouldAllBe(p => p.requires_grad);
    }
}
