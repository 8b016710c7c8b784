using SimClr.Datasets;
using SimClr.Loading;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Randomness;
using SimClr.RunFolders;
using SimClr.Runs;
using SimClr.Tests.Loading;
using SimClr.Views;

namespace SimClr.Tests.Runs;

public sealed class AugmentedRunTests : IDisposable
{
    private static readonly PretrainOptions Options = new() { Preprocessing = new() { ImageSize = 8 }, BatchSize = 16, Epochs = 2, Encoder = new ResNetOptions { Width = 0.0625 } };
    private static readonly IImageDataset Images = Subsets.Seeded(new BuiltInImages(DatasetPart.Pretraining), 64, seed: 0);

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_run_with_augmentations_resumes_to_the_same_bytes_and_only_with_the_same_ones()
    {
        var stop = TestContext.Current.CancellationToken;
        var (whole, plain, halves) = (new RunFolder(folder.At("whole")), new RunFolder(folder.At("plain")), new RunFolder(folder.At("halves")));
        var heard = new RecordedMessages();
        var turned = Options with { Views = new ViewPolicy { VerticalFlipProbability = 0.5, RotateProbability = 0.75 } };
        PretrainRun.Start(whole.Path, Images, turned, With([new Cutout(4), new Dark()]) with { Messages = heard }).Execute(stop);
        heard.Lines.ShouldNotContain(line => line.StartsWith("! ", StringComparison.Ordinal));
        heard.Lines.ShouldContain(note => note.EndsWith(", vertical flip 0.5, rotation 0.75; then cutout 4; then dark", StringComparison.Ordinal));
        PretrainRun.Start(plain.Path, Images, turned, With([])).Execute(stop);
        Weights(whole).ShouldNotBe(Weights(plain));

        PretrainRun.Start(halves.Path, Images, turned, With([new Cutout(4), new Dark()])).Steps(stop).Take(3).Count().ShouldBe(3);
        halves.ReadSettings().Augmentations.ShouldBe(["cutout 4", "dark"]);

        Refused(halves, []).ShouldBe($"The run in {halves.Path} began with the augmentations cutout 4, dark and cannot continue with no custom augmentation. Resume it from C# with the original PretrainRunOptions.Augmentations, in their order.");
        Refused(halves, [new Dark(), new Cutout(4)]).ShouldContain("cannot continue with the augmentations dark, cutout 4");
        Refused(plain, [new Dark()]).ShouldContain("began with no custom augmentation and cannot continue with the augmentation dark");
        PretrainRun.Resume(halves.Path, Images, With([new Cutout(4), new Dark()]) with { Threads = 3 }).Execute(stop).ShouldBeTrue();
        Weights(halves).ShouldBe(Weights(whole));
    }

    [Fact]
    public void An_augmentation_without_tensor_form_is_refused_on_a_device_before_writing()
    {
        var run = new RunFolder(folder.At("run"));
        var refused = PretrainRun.Start(run.Path, Images, Options, With([new Cutout(4), new Dark()]) with { RenderOn = RenderDevice.Gpu });
        Should.Throw<ConfigurationException>(() => refused.Execute(TestContext.Current.CancellationToken)).Message.ShouldStartWith("The augmentation 'dark' has no tensor form");
        Directory.Exists(run.Path).ShouldBeFalse();
        PretrainRun.Start(run.Path, Images, Options, With([new Cutout(4)]) with { RenderOn = RenderDevice.Gpu }).Execute(TestContext.Current.CancellationToken).ShouldBeTrue();
    }

    private static string Refused(RunFolder run, IReadOnlyList<IAugmentation> augmentations) =>
        Should.Throw<ConfigurationException>(() => PretrainRun.Resume(run.Path, Images, With(augmentations)).Execute(TestContext.Current.CancellationToken)).Message;

    private static PretrainRunOptions With(IReadOnlyList<IAugmentation> augmentations) => new() { Augmentations = augmentations, SaveEvery = 100, Threads = 1 };

    private static byte[] Weights(RunFolder run) => File.ReadAllBytes(Path.Combine(Directory.GetDirectories(run.In("checkpoints")).Order().Last(), "model.safetensors"));

    private sealed class Dark : IAugmentation
    {
        public string Name => "dark";

        public int Numbers => 1;

        public void Draw(CounterRandom random, Span<float> numbers) => numbers[0] = (float)random.NextDouble();

        public void Apply(Span<float> planes, int channels, int side, ReadOnlySpan<float> numbers)
        {
            foreach (ref float value in planes) value *= numbers[0];
        }
    }
}
