using SimClr.Datasets;
using SimClr.Images;
using SimClr.Pretraining;
using SimClr.Recipes;
using SimClr.Runs;

namespace SimClr.Tests.Runs;

public sealed class ConfigurationChecksTests
{
    private const string Sound = "batch-size=128 epochs=100";

    private static readonly Lazy<DatasetScan> Healthy = new(() => Survey(new Images(1500)));

    private static DatasetScan Survey(IImageDataset data) => DatasetScan.Of("train", data, int.MaxValue, 2, IMessages.None, CancellationToken.None);

    private static DoctorFacts Facts(string settings, DatasetScan? train = null, DatasetScan? test = null, TrainingEstimate? trial = null)
    {
        var options = OptionsBinder.Bind<PretrainOptions>([], [.. settings.Split(' ').Select(Setting.Parse)]);
        return new DoctorFacts(options.For(32), train ?? Healthy.Value, test, trial, MemoryBytes: 16_000_000_000);
    }

    private static string Only(DoctorFacts facts) => ConfigurationChecks.Of(facts).ShouldHaveSingleItem().Text;

    [Fact]
    public void A_sound_run_gets_no_warning() =>
        ConfigurationChecks.Of(Facts(Sound, trial: new TrainingEstimate(64, 0.001, 0.1, 0.1, 1_000_000_000, 1_000_000, 1, 1))).ShouldBeEmpty();

    [Theory]
    [InlineData("encoder.stem=imagenet", "ImageNet's stem leaves 8 × 8")]
    [InlineData("views.blur-probability=0.5", "Blur is on for views of 32 pixels")]
    [InlineData("views.color-strength=0.1", "The colour jitter is weak (0.1)")]
    [InlineData("views.vertical-flip-probability=0.9", "More views are upside down than upright (0.9)")]
    [InlineData("views.rotate-probability=1", "Views are rotated too often (1)")]
    [InlineData("temperature=0.07", "τ 0.07 gives nearly all weight to the nearest negatives")]
    [InlineData("temperature=1", "τ 1 gives near and far negatives almost the same weight")]
    [InlineData("batch-size=32", "62 negatives are few")]
    [InlineData("batch-size=8", "Batch normalisation and the loss need more than 8 images")]
    [InlineData("batch-size=512 epochs=300", "Steps in an epoch: 2")]
    [InlineData("shuffle-window=1024", "The shuffle window holds only 8 batches")]
    [InlineData("optimizer.kind=lars", "LARS is for large batches. With 128 images")]
    [InlineData("optimizer.learning-rate=8", "SGD's learning rate reaches 4")]
    [InlineData("optimizer.kind=adamw optimizer.learning-rate=0.1", "AdamW's learning rate reaches 0.05")]
    [InlineData("optimizer.warmup-epochs=50", "The warm-up takes 50 of 100 epochs")]
    [InlineData("epochs=10", "The run has only 110 steps")]
    public void Each_trap_of_the_options_is_warned_of_alone(string settings, string sentence)
    {
        string[] set = settings.Split(' ');
        string others = string.Join(' ', Sound.Split(' ').Where(s => !set.Any(t => t.StartsWith(s[..(s.IndexOf('=', StringComparison.Ordinal) + 1)], StringComparison.Ordinal))));
        Only(Facts($"{others} {settings}".Trim())).ShouldStartWith(sentence);
    }

    [Fact]
    public void Each_mistake_with_groups_gets_its_own_warning()
    {
        DoctorFacts With(Func<int, string?> nameOf, string settings = Sound, Func<int, int>? label = null)
        {
            var facts = Facts($"{settings} positives=folder", label is null ? null : Survey(new Images(1500, label: label)));
            return facts with { Groups = ImageGroups.By(facts.Train.Data, nameOf) };
        }
        ConfigurationChecks.Of(With(i => $"{i % 750}", "batch-size=64 epochs=100")).ShouldBeEmpty(); // 11 steps an epoch
        Only(With(i => $"{i % 1400}")).ShouldStartWith("Groups of one image: 1300 of 1400. Their pairs are two views of that image");
        Only(With(i => i < 751 ? "largest" : i < 1051 ? $"{i / 2}" : null, "batch-size=64 epochs=100")).ShouldStartWith("One group has 751 of 1500 images");
        Only(With(i => $"{i / 3}", "batch-size=512 epochs=300")).ShouldStartWith("A batch needs 512 groups, but there are 500: use --batch-size 32 or less");
        Only(With(i => $"{i % 700}", label: i => i % 700, settings: "batch-size=64 epochs=100")).ShouldStartWith("The groups are exactly the 700 classes");
        With(i => $"{i % 750}", "batch-size=64 epochs=100").TotalSteps.ShouldBe(1100);
    }

    [Fact]
    public void Each_mistake_with_images_gets_its_own_warning()
    {
        Only(Facts(Sound, Survey(new Images(1500, gray: true)))).ShouldStartWith("100 % of the images are gray");
        Only(Facts(Sound, Survey(new Images(1500, width: 20, height: 16)))).ShouldStartWith("At least half of the images (median 16 pixels) are smaller than the views (32 pixels)");
        Only(Facts(Sound, Survey(new Images(1500, width: 90, height: 90)))).ShouldStartWith("The images (median 90 pixels) are much larger than the views (32 pixels)");
        Only(Facts(Sound, Survey(new Images(1500, width: 100, height: 32)))).ShouldStartWith("Images more than three times as long as wide: 1500");
        Only(Facts(Sound, Survey(new Images(1500, label: i => i < 30 ? 1 : 0)))).ShouldStartWith("The largest class has 49 times as many images");
        Only(Facts(Sound, Survey(new Images(1500, content: i => i % 1495)))).ShouldStartWith("Byte-for-byte copies of other images: 5");
        Only(Facts(Sound, test: Survey(new Images(20, content: i => i + 1490)))).ShouldStartWith("Images in both the training and the test part: 10");
        Only(Facts("batch-size=64 epochs=100", Survey(new Images(900)))).ShouldStartWith("Training images: 900");
        Only(Facts(Sound, Survey(new Images(1500) { Omissions = [new(".tif", 16, "this format is not read", "fox/1.tif"), new("hidden file", 2, "it is hidden", ".x", IsExpected: true)] })))
            .ShouldStartWith("Files that are not used: 16. The first: 16 × .tif not used: this format is not read (for example fox/1.tif).");
    }

    [Fact]
    public void Problems_come_before_warnings()
    {
        var findings = ConfigurationChecks.Of(Facts("batch-size=128 epochs=100 temperature=0.01", Survey(new Images(1500, damaged: 3)), trial: new TrainingEstimate(64, 100, 0.1, 0.5, 1, 1e9, 1, 1)));
        findings.Select(finding => finding.IsProblem).ShouldBe([true, true, false, false, false]);
        findings[0].Text.ShouldStartWith("Damaged images: 3 of 1500 decoded ones. The first: image 0 is damaged");
        findings[1].Text.ShouldStartWith("The run needs about 128.0 GB of memory, but there are 16.0 GB");
        findings[3].Text.ShouldStartWith("Steps wait for their views 50 % of the time");
        findings[4].Text.ShouldStartWith("The run would take about 163 days");
    }

    private sealed class Images(int count, int width = 32, int height = 32, bool gray = false, int damaged = 0, Func<int, int>? label = null, Func<int, int>? content = null) : IImageDataset
    {
        public string Name => "images";

        public int Count => count;

        public IReadOnlyList<string> Classes { get; } = label is null ? [] : [.. Enumerable.Range(0, 1 + Enumerable.Range(0, count).Max(label)).Select(c => $"{c}")];

        public IReadOnlyList<Omission> Omissions { get; init; } = [];

        public int Label(int index) => label?.Invoke(index) ?? -1;

        public string Describe(int index) => $"image {index}";

        public DecodedImage Read(int index)
        {
            if (index < damaged) throw new InvalidDataException($"image {index} is damaged");
            byte[] pixels = new byte[3 * width * height];
            new Random(content?.Invoke(index) ?? index).NextBytes(pixels);
            if (gray)
            {
                for (int i = 0; i < pixels.Length; i++) pixels[i] = pixels[i / 3 * 3];
            }
            return new DecodedImage(pixels, width, height);
        }
    }
}
