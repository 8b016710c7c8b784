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
    private static readonly RunSettings Settings = new() { Data = "builtin", Limit = 64 };

    private static readonly PretrainOptions Options = new() { Preprocessing = new() { ImageSize = 8 }, BatchSize = 16, MicroBatchSize = 8, Epochs = 2, Encoder = Tiny };

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_run_is_stopped_and_resumed_to_the_same_bytes_and_names_what_gets_no_gradient_once()
    {
        var stop = TestContext.Current.CancellationToken;
        var (whole, halves, said) = (new RunFolder(folder.At("whole")), new RunFolder(folder.At("halves")), new Notes());
        (await PretrainRun.Start(whole, Settings, Options, new() { Messages = said }).ExecuteAsync(stop)).ShouldBeTrue();
        said.Texts.Count(text => text == "A parameter gets no gradient and stays as it is: encoder.unused.").ShouldBe(1);

        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var steps = new DirectProgress<StepMetrics>(step =>
        {
            if (step.Step == 3) cancelled.Cancel();
        });
        (await PretrainRun.Start(halves, Settings, Options, new() { Steps = steps, SaveEvery = 100 }).ExecuteAsync(cancelled.Token)).ShouldBeFalse();
        (await PretrainRun.Resume(halves, new() { Encoder = Tiny }).ExecuteAsync(stop)).ShouldBeTrue();
        foreach (string file in (string[])["model.safetensors", "optimizer.safetensors"]) Newest(halves, file).ShouldBe(Newest(whole, file), file);

        File.ReadAllText(whole.RecipeFile).ShouldContain("encoder:\n  kind: custom\n  channels: 3\n  name: \"tiny\"\n");
        using var trained = TrainedEncoder.Load(whole.Path, Tiny);
        (trained.Options.Encoder, trained.Model.FeatureDim).ShouldBe((Tiny, 6));
    }

    [Fact]
    public async Task Going_on_without_the_encoder_or_with_another_is_one_sentence()
    {
        var run = new RunFolder(folder.At("run"));
        (await PretrainRun.Start(run, Settings, Options with { Epochs = 1 }).ExecuteAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();
        Refusal(null).ShouldBe($"{run.Path} has the custom encoder tiny: open it from C# (PretrainRunOptions.Encoder).");
        Refusal(TinyNetwork.Options(name: "other")).ShouldBe($"{run.Path} has the custom encoder tiny, and the custom encoder other is brought.");
        Should.Throw<ConfigurationException>(() => TrainedEncoder.Load(run.Path)).Message.ShouldBe($"{run.Path}, step 4 has the custom encoder tiny: open it from C# (TrainedEncoder.Load(path, encoder)).");
        var changed = PretrainRun.Resume(run, new() { Encoder = TinyNetwork.Options(width: 7, norm: () => new BatchNorm(5)) });
        (await Should.ThrowAsync<InvalidDataException>(() => changed.ExecuteAsync(TestContext.Current.CancellationToken))).Message.ShouldContain("encoder.fc.weight is (6, 5) in the weights and (7, 5) in the network");

        string Refusal(CustomEncoder? encoder) => Should.Throw<ConfigurationException>(() => PretrainRun.Resume(run, new() { Encoder = encoder })).Message;
    }

    private static byte[] Newest(RunFolder run, string file) => File.ReadAllBytes(Path.Combine(Directory.GetDirectories(run.In("checkpoints")).Order().Last(), file));

    private sealed class Notes : IMessages
    {
        public List<string> Texts { get; } = [];

        public void Note(string text) => Texts.Add(text);

        public void Warn(string text) => Texts.Add(text);

        public T Progress<T>(string what, long total, Func<Action<long, string>, T> work) => work((_, _) => { });
    }
}
