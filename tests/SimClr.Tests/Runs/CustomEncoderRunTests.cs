using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.RunFolders;
using SimClr.Runs;
using SimClr.Tests.Models;

namespace SimClr.Tests.Runs;

public sealed class CustomEncoderRunTests : IDisposable
{
    private static readonly CustomEncoder Tiny = TinyNetwork.Options(dropout: 0.3, () => new BatchNorm(5));
    private static readonly IImageDataset Images = Subsets.Seeded(new BuiltInImages(DatasetPart.Pretraining), 64, seed: 0);

    private static readonly PretrainOptions Options = new() { Preprocessing = new() { ImageSize = 8 }, BatchSize = 16, MicroBatchSize = 8, Epochs = 2, Encoder = Tiny };

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_run_is_stopped_and_resumed_to_the_same_bytes_and_names_what_gets_no_gradient_once()
    {
        var stop = TestContext.Current.CancellationToken;
        var (whole, halves, said) = (new RunFolder(folder.At("whole")), new RunFolder(folder.At("halves")), new RecordedMessages());
        PretrainRun.Start(whole.Path, Images, Options, new() { Messages = said }).Execute(stop).ShouldBeTrue();
        said.Lines.Count(text => text == "A parameter gets no gradient and is not trained: encoder.unused.").ShouldBe(1);

        PretrainRun.Start(halves.Path, Images, Options, new() { SaveEvery = 100 }).Steps(stop).Take(3).Count().ShouldBe(3);
        PretrainRun.Resume(halves.Path, Images, new() { Encoder = Tiny }).Execute(stop).ShouldBeTrue();
        foreach (string file in (string[])["model.safetensors", "optimizer.safetensors"]) Newest(halves, file).ShouldBe(Newest(whole, file), file);

        File.ReadAllText(whole.RecipeFile).ShouldContain("encoder:\n  kind: custom\n  channels: 3\n  name: \"tiny\"\n");
        using var trained = TrainedEncoder.Load(whole.Path, Tiny);
        (trained.Options.Encoder, trained.Model.FeatureDim).ShouldBe((Tiny, 6));
    }

    [Fact]
    public void Resuming_without_the_encoder_or_with_another_is_refused_in_one_sentence()
    {
        var run = new RunFolder(folder.At("run"));
        PretrainRun.Start(run.Path, Images, Options with { Epochs = 1 }).Execute(TestContext.Current.CancellationToken).ShouldBeTrue();
        Refusal(null).ShouldBe($"{run.Path} has the custom encoder tiny: open it from C# (PretrainRunOptions.Encoder).");
        Refusal(TinyNetwork.Options(name: "other")).ShouldBe($"{run.Path} has the custom encoder tiny, and the custom encoder other is brought.");
        Should.Throw<ConfigurationException>(() => TrainedEncoder.Load(run.Path)).Message.ShouldBe($"{run.Path}, step 4 has the custom encoder tiny: open it from C# (TrainedEncoder.Load(path, encoder)).");
        var changed = PretrainRun.Resume(run.Path, Images, new() { Encoder = TinyNetwork.Options(width: 7, norm: () => new BatchNorm(5)) });
        Should.Throw<InvalidDataException>(() => changed.Execute(TestContext.Current.CancellationToken)).Message.ShouldContain("encoder.fc.weight is (6, 5) in the weights and (7, 5) in the network");

        string Refusal(CustomEncoder? encoder) => Should.Throw<ConfigurationException>(() => PretrainRun.Resume(run.Path, Images, new() { Encoder = encoder })).Message;
    }

    private static byte[] Newest(RunFolder run, string file) => File.ReadAllBytes(Path.Combine(Directory.GetDirectories(run.In("checkpoints")).Order().Last(), file));
}
