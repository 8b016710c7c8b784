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
        Encoder = new ResNetOptions { Width = 0.0625 },
    };

    private static readonly RunSettings Settings = new();
    private static readonly IImageDataset Images = Subsets.Seeded(new BuiltInImages(DatasetPart.Pretraining), 64, seed: 0);

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static ImageGroups Twos(IImageDataset data) => ImageGroups.By(data, i => $"{i / 2}");

    private static PretrainRunOptions With(Func<IImageDataset, ImageGroups>? groups) => new() { Groups = groups, SaveEvery = 100 };

    // The hash of the tensors; the header before them contains the recipe.
    private static string Weights(RunFolder run)
    {
        byte[] file = File.ReadAllBytes(Path.Combine(Directory.GetDirectories(run.In("checkpoints")).Order().Last(), "model.safetensors"));
        return Convert.ToHexString(SHA256.HashData(file.AsSpan(8 + (int)BinaryPrimitives.ReadInt64LittleEndian(file))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void A_run_with_custom_groups_is_cancelled_and_resumed_to_the_same_bytes(int micro)
    {
        var stop = TestContext.Current.CancellationToken;
        var options = Options with { MicroBatchSize = micro };
        var whole = new RunFolder(folder.At("whole"));
        PretrainRun.Start(whole.Path, Images, options, With(Twos)).Execute(stop).ShouldBeTrue();
        whole.ReadSettings().Groups.ShouldBe(Twos(new NamedImages([.. Enumerable.Range(0, 64).Select(i => $"{i}")])).Summary);
        whole.ReadSettings().TotalSteps(options).ShouldBe(8); // 32 groups in batches of 8, twice
        whole.Checkpoints().List()[0].Step.ShouldBe(8);

        var halves = new RunFolder(folder.At("halves"));
        PretrainRun.Start(halves.Path, Images, options, With(Twos)).Steps(stop).Take(3).Count().ShouldBe(3);
        PretrainRun.Resume(halves.Path, Images, With(Twos)).Execute(stop).ShouldBeTrue();
        Weights(halves).ShouldBe(Weights(whole));

        var views = new RunFolder(folder.At("views"));
        PretrainRun.Start(views.Path, Images, options with { Positives = PositivesKind.Views, Epochs = 1 }).Execute(stop).ShouldBeTrue();
        views.Checkpoints().List()[0].Step.ShouldBe(8); // of 64 images
        Weights(views).ShouldNotBe(Weights(whole));
        File.ReadAllText(views.In("run.json")).ShouldNotContain("group");
    }

    [Fact]
    public void The_groups_of_the_pairs_stay_whole_where_kNN_splits_training_images()
    {
        string list = folder.Write("groups.csv", System.Text.Encoding.UTF8.GetBytes("image,patient\n" + string.Concat(Enumerable.Range(0, Images.Count).Select(i => $"\"{Images.Describe(i)}\",P{i / 4}\n"))));
        using var communicator = new SimClr.Distributed.SingleProcessCommunicator();
        string[] Groups(IImageDataset data) => [.. Enumerable.Range(0, data.Count).Select(i => $"P{Enumerable.Range(0, Images.Count).First(image => Images.Describe(image) == data.Describe(i)) / 4}").Distinct()];
        string[] Shared(RunSettings settings)
        {
            using var probes = new RunProbes(settings, ImageSource.Of(Images), Images, 8, TorchSharp.torch.CPU, communicator);
            return [.. Groups(probes.Bank!).Intersect(Groups(probes.Queries!))];
        }
        Shared(new RunSettings { KnnEvery = 1 }).ShouldNotBeEmpty();
        Shared(new RunSettings { KnnEvery = 1, GroupColumn = new(list, "patient") }).ShouldBeEmpty();
    }

    [Fact]
    public void Missing_too_few_or_different_groups_are_refused_before_the_first_step()
    {
        var run = new RunFolder(folder.At("run"));
        string Refused<T>(PretrainOptions options, RunSettings settings, PretrainRunOptions how) where T : Exception =>
            Should.Throw<T>(() => PretrainRun.Start(new RunFolder(folder.At("none")), ImageSource.Of(Images), options, settings, how).Execute(TestContext.Current.CancellationToken)).Message;
        Refused<ConfigurationException>(Options, Settings, With(null)).ShouldBe(
            "positives is custom, so the program that starts the run must supply the groups (PretrainRunOptions.Groups).");
        Refused<ConfigurationException>(Options with { Positives = PositivesKind.Views }, Settings, With(Twos)).ShouldBe(
            "Groups are given (PretrainRunOptions.Groups), but positives is views. It must be custom.");
        Refused<ConfigurationException>(Options with { Positives = PositivesKind.Column }, Settings, With(null)).ShouldBe(
            "positives is column, but no list is named. Use --positives FILE.csv:COLUMN.");
        Refused<ConfigurationException>(Options with { Positives = PositivesKind.Folder }, Settings with { GroupColumn = new("a.csv", "b") }, With(null)).ShouldBe(
            "A list of groups is named (a.csv), but positives is folder. It must be column.");
        Refused<InvalidDataException>(Options, Settings, With(data => ImageGroups.By(data, _ => "all"))).ShouldStartWith("All 64 images of ");
        Refused<InvalidDataException>(Options, Settings, With(data => ImageGroups.By(data, _ => null))).ShouldStartWith("Each of the 64 images of ");
        Refused<InvalidDataException>(Options with { Positives = PositivesKind.Folder }, Settings, With(null)).ShouldStartWith("Each of the 64 images of ");
        Refused<InvalidDataException>(Options, Settings, With(data => ImageGroups.By(data, i => $"{i % 7}"))).ShouldSatisfyAllConditions(
            said => said.ShouldStartWith("A batch needs 8 groups, but the 64 images of "), said => said.ShouldEndWith(" are in 7 groups. Use a smaller --batch-size."));
        Refused<InvalidDataException>(Options, Settings, With(_ => Twos(new NamedImages(["a", "b", "c"])))).ShouldStartWith("The groups are for 3 images, but ");

        var stop = TestContext.Current.CancellationToken;
        PretrainRun.Start(run.Path, Images, Options with { Epochs = 1 }, With(Twos)).Execute(stop).ShouldBeTrue();
        string before = Weights(run);
        Should.Throw<ConfigurationException>(() => PretrainRun.Resume(run.Path, Images).Execute(stop)).Message.ShouldStartWith("positives is custom");
        Should.Throw<InvalidDataException>(() => PretrainRun.Resume(run.Path, Images, With(data => ImageGroups.By(data, i => $"{i % 32}"))).Execute(stop)).Message.ShouldStartWith(
            $"The run in {run.Path} began with other groups (32 groups of 2 images (median 2), 0 of one image) than {run.ReadSettings().DataName} has now (32 groups of 2 images (median 2), 0 of one image).");
        PretrainRun.Resume(run.Path, Images, With(Twos)).Execute(stop).ShouldBeTrue();
        Weights(run).ShouldBe(before);
    }
}
