using System.Buffers.Binary;
using System.Security.Cryptography;
using SimClr.Datasets;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.RunFolders;
using SimClr.Runs;
using SimClr.Tests.Datasets;

namespace SimClr.Tests.Runs;

public sealed class GroupedRunTests : IDisposable
{
    private static readonly PretrainOptions Options = new()
    {
        Preprocessing = new() { ImageSize = 8 },
        BatchSize = 8,
        Epochs = 2,
        Positives = PositivesKind.Custom,
        Encoder = new EncoderOptions { Width = 0.0625 },
    };

    private static readonly RunSettings Settings = new() { Data = "builtin", Limit = 64 };

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static ImageGroups Twos(IImageDataset data) => ImageGroups.By(data, i => $"{i / 2}");

    private static PretrainRunOptions With(Func<IImageDataset, ImageGroups>? groups, Action<StepMetrics>? step = null) =>
        new() { Groups = groups, Steps = new DirectProgress<StepMetrics>(step ?? (_ => { })), SaveEvery = 100 };

    // Of the tensors: what stands before them has the recipe.
    private static string Weights(RunFolder run)
    {
        byte[] file = File.ReadAllBytes(Path.Combine(Directory.GetDirectories(run.In("checkpoints")).Order().Last(), "model.safetensors"));
        return Convert.ToHexString(SHA256.HashData(file.AsSpan(8 + (int)BinaryPrimitives.ReadInt64LittleEndian(file))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public async Task A_run_with_groups_of_ones_own_is_cancelled_and_resumed_to_the_same_bytes(int micro)
    {
        var stop = TestContext.Current.CancellationToken;
        var options = Options with { MicroBatchSize = micro };
        var whole = new RunFolder(folder.At("whole"));
        (await PretrainRun.Start(whole, Settings, options, With(Twos)).ExecuteAsync(stop)).ShouldBeTrue();
        whole.ReadSettings().Groups.ShouldBe(Twos(new NamedImages([.. Enumerable.Range(0, 64).Select(i => $"{i}")])).Summary);
        whole.ReadSettings().TotalSteps(options).ShouldBe(8); // 32 groups in batches of 8, twice
        whole.Checkpoints().List()[0].Step.ShouldBe(8);

        var halves = new RunFolder(folder.At("halves"));
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(stop);
        (await PretrainRun.Start(halves, Settings, options, With(Twos, step =>
        {
            if (step.Step == 3) cancelled.Cancel();
        })).ExecuteAsync(cancelled.Token)).ShouldBeFalse();
        (await PretrainRun.Resume(halves, With(Twos)).ExecuteAsync(stop)).ShouldBeTrue();
        Weights(halves).ShouldBe(Weights(whole));

        var views = new RunFolder(folder.At("views"));
        (await PretrainRun.Start(views, Settings, options with { Positives = PositivesKind.Views, Epochs = 1 }).ExecuteAsync(stop)).ShouldBeTrue();
        views.Checkpoints().List()[0].Step.ShouldBe(8); // of 64 images
        Weights(views).ShouldNotBe(Weights(whole));
        File.ReadAllText(views.In("run.json")).ShouldNotContain("group");
    }

    [Fact]
    public async Task Groups_that_are_missing_or_too_few_or_others_are_refused_before_the_first_step()
    {
        var run = new RunFolder(folder.At("run"));
        async Task<string> Refused<T>(PretrainOptions options, RunSettings settings, PretrainRunOptions how) where T : Exception =>
            (await Should.ThrowAsync<T>(() => PretrainRun.Start(new RunFolder(folder.At("none")), settings, options, how).ExecuteAsync(TestContext.Current.CancellationToken))).Message;
        (await Refused<ConfigurationException>(Options, Settings, With(null))).ShouldBe(
            "positives is custom: the groups come from the program that begins the run, which has to bring them (PretrainRunOptions.Groups).");
        (await Refused<ConfigurationException>(Options with { Positives = PositivesKind.Views }, Settings, With(Twos))).ShouldBe(
            "Groups are brought along (PretrainRunOptions.Groups), and positives is views: it must be custom.");
        (await Refused<ConfigurationException>(Options with { Positives = PositivesKind.Column }, Settings, With(null))).ShouldBe(
            "positives is column, and no list is named: --positives FILE.csv:COLUMN.");
        (await Refused<ConfigurationException>(Options with { Positives = PositivesKind.Folder }, Settings with { GroupColumn = new("a.csv", "b") }, With(null))).ShouldBe(
            "A list of groups is named (a.csv), and positives is folder: it must be column.");
        (await Refused<InvalidDataException>(Options, Settings, With(data => ImageGroups.By(data, _ => "all")))).ShouldStartWith("All 64 images of ");
        (await Refused<InvalidDataException>(Options, Settings, With(data => ImageGroups.By(data, _ => null)))).ShouldStartWith("Each of the 64 images of ");
        (await Refused<InvalidDataException>(Options with { Positives = PositivesKind.Folder }, Settings, With(null))).ShouldStartWith("Each of the 64 images of ");
        (await Refused<InvalidDataException>(Options, Settings, With(data => ImageGroups.By(data, i => $"{i % 7}")))).ShouldStartWith("A batch of 8 groups cannot be filled from 7, in which the 64 images of ");
        (await Refused<InvalidDataException>(Options, Settings, With(_ => Twos(new NamedImages(["a", "b", "c"]))))).ShouldStartWith("The groups are of 3 images, and ");

        var stop = TestContext.Current.CancellationToken;
        (await PretrainRun.Start(run, Settings, Options with { Epochs = 1 }, With(Twos)).ExecuteAsync(stop)).ShouldBeTrue();
        string before = Weights(run);
        (await Should.ThrowAsync<ConfigurationException>(() => PretrainRun.Resume(run).ExecuteAsync(stop))).Message.ShouldStartWith("positives is custom");
        (await Should.ThrowAsync<InvalidDataException>(() => PretrainRun.Resume(run, With(data => ImageGroups.By(data, i => $"{i % 32}"))).ExecuteAsync(stop))).Message.ShouldStartWith(
            $"The run in {run.Path} was begun with other groups (32 groups of 2 images (median 2), 0 of one image) than builtin gives now (32 groups of 2 images (median 2), 0 of one image).");
        (await PretrainRun.Resume(run, With(Twos)).ExecuteAsync(stop)).ShouldBeTrue();
        Weights(run).ShouldBe(before);
    }
}
