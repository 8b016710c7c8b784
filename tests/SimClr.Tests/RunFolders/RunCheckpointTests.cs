using SimClr.Checkpoints;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.RunFolders;
using static TorchSharp.torch;

namespace SimClr.Tests.RunFolders;

public sealed class RunCheckpointTests : IDisposable
{
    private static readonly PretrainOptions Options = new() { BatchSize = 16, Encoder = new ResNetOptions { Width = 0.0625, Stem = Stem.SmallStride2 } };

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    // The stems with stride 1 and 2 have the same names and shapes.
    [Fact]
    public void A_checkpoint_with_another_stem_is_not_resumed()
    {
        using var scope = NewDisposeScope();
        var store = new CheckpointStore(folder.At("checkpoints"), keepLast: 2);
        using var model = new SimClrModel(Options.Encoder, Options.Head, 32, seed: 3);
        using var pretrainer = new Pretrainer(model, Options, 64);
        RunCheckpoint.Save(store, pretrainer);
        var checkpoint = store.LoadNewest()!;
        var options = RunCheckpoint.OptionsOf(checkpoint, "x");
        (options.Encoder, options.ImageSize).ShouldBe((Options.Encoder, 32));
        RunCheckpoint.Restore(checkpoint, pretrainer);

        using var other = new SimClrModel((ResNetOptions)Options.Encoder with { Stem = Stem.Auto }, Options.Head, 32, seed: 3);
        using var others = new Pretrainer(other, Options, 64); // the model decides
        others.Options.Encoder.ShouldBeOfType<ResNetOptions>().Stem.ShouldBe(Stem.Small);
        Should.Throw<InvalidDataException>(() => RunCheckpoint.Restore(checkpoint, others)).Message.ShouldContain("has another encoder than this run");
    }
}
