using SimClr.Datasets;
using SimClr.Models;
using SimClr.Runtime;
using SimClr.Views;

namespace SimClr.Cli.Benchmarks;

/// <summary>All benchmarks: their names, their units, and how their inputs are made.</summary>
internal static class BenchmarkCatalog
{
    private const int LoaderBatch = 256, JpegBatch = 16;

    private static readonly ViewPolicy Default = new(), Blurred = new() { BlurProbability = 0.5 };

    /// <summary>
    /// The order in which benchmarks are measured and listed. No input is made and libtorch is not loaded until one is opened.
    /// </summary>
    public static IReadOnlyList<BenchmarkEntry> All { get; } =
    [
        new("views", "views-32", "views/s", s => new ViewsBenchmark(s.Images.InMemory(32, 32), Default, 32)),
        new("views", "views-32-blur", "views/s", s => new ViewsBenchmark(s.Images.InMemory(32, 32), Blurred, 32)),
        new("views", "views-96", "views/s", s => new ViewsBenchmark(s.Images.InMemory(96, 96), Default, 96)),
        new("views", "views-224", "views/s", s => new ViewsBenchmark(s.Images.InMemory(500, 375), Default, 224)),
        new("views", "jpeg-224", "images/s", s => new JpegBenchmark(s.Images.Jpegs)),
        new("loader", "loader-32", "images/s", s => Loader32(s, s.Threads)),
        new("loader", "loader-32-one-thread", "images/s", s => Loader32(s, 1)),
        new("loader", "loader-jpeg-224", "images/s", s => LoaderJpeg(s, s.Threads)),
        new("loader", "loader-jpeg-224-one-thread", "images/s", s => LoaderJpeg(s, 1)),
        new("loss", "loss-4096", BenchmarkEntry.Time, _ => new LossBenchmark(4096)),
        new("loss", "loss-4096-dense", BenchmarkEntry.Time, _ => new DenseLossBenchmark(4096)),
        new("loss", "loss-32768", BenchmarkEntry.Time, _ => new LossBenchmark(32768)),
        new("step", "step-resnet18-32", "views/s", s => ResNetStep(1, s)),
        new("step", "step-resnet18-32-bare", "views/s", _ => new BareStepBenchmark(1)),
        new("step", "step-resnet18-32-whole-to-bare", BenchmarkEntry.Share, s => WholeToBare(1, s)),
        Plain("step-resnet18-32-torchsharp", 1),
        new("step", "step-resnet18x0.5-32", "views/s", s => ResNetStep(0.5, s)),
        new("step", "step-resnet18x0.25-32", "views/s", s => ResNetStep(0.25, s)),
        new("step", "step-resnet18x0.25-32-bare", "views/s", _ => new BareStepBenchmark(0.25)),
        new("step", "step-resnet18x0.25-32-whole-to-bare", BenchmarkEntry.Share, s => WholeToBare(0.25, s)),
        Plain("step-resnet18x0.25-32-torchsharp", 0.25),
        new("step", "step-vit-tiny-32", "views/s", s => new StepBenchmark(
            StepBenchmark.Of(Vit(VisionTransformerSize.VitTiny, 4), 32, 64), s.Images.InMemory(32, 32), s.Threads)),
        new("step", "step-convnext-tiny-64", "views/s", s => new StepBenchmark(
            StepBenchmark.Of(new ConvNeXtOptions(), 64, 32), s.Images.InMemory(96, 96), s.Threads)),
        new("embed", "embed-resnet18-32", "images/s", s => new EmbedBenchmark(
            new ResNetOptions(), 32, Some(s.Images.InMemory(32, 32), 512))),
        new("embed", "embed-vit-small-224", "images/s", s => new EmbedBenchmark(
            Vit(VisionTransformerSize.VitSmall, 16), 224, Some(s.Images.InMemory(500, 375), 32))),
        new("encode", "embed-jpeg-resnet18-224", "images/s", s => new EmbedBenchmark(new ResNetOptions(), 224, s.Images.Jpegs)),
        new("encode", "embed-jpeg-resnet18-224-onnx", "images/s", s => new OnnxEmbedBenchmark(s.Images.Jpegs, s.Threads)),
        .. Encode("encode-resnet18-224", new ResNetOptions()),
        .. Encode("encode-resnet50-224", new ResNetOptions { Arch = ResNetDepth.Resnet50 }),
        .. Encode("encode-vit-small-224", Vit(VisionTransformerSize.VitSmall, 16)),
    ];

    /// <summary>The words that the command line accepts: groups, names, and <c>all</c>.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. All.Select(b => b.Group).Distinct(), "all", .. All.Select(b => b.Name)];

    /// <summary>The benchmarks for some of <see cref="Words"/>, in the order of the catalogue.</summary>
    public static IReadOnlyList<BenchmarkEntry> Select(IReadOnlyCollection<string> words) =>
        [.. All.Where(b => words.Contains("all") || words.Contains(b.Group) || words.Contains(b.Name))];

    private static VisionTransformerOptions Vit(VisionTransformerSize size, int patch) => new() { Arch = size, Patch = patch };

    private static IImageDataset Some(IImageDataset images, int count) => Subsets.Seeded(images, count, seed: 0);

    private static StepBenchmark ResNetStep(double width, BenchmarkSettings s) =>
        new(StepBenchmark.OfResNet(width), s.Images.InMemory(32, 32), s.Threads);

    // The folded encoder and ONNX Runtime: one image, and 32.
    private static BenchmarkEntry[] Encode(string name, EncoderOptions options) =>
    [
        new("encode", name, "images/s", _ => new EncodeBenchmark(options, 1)),
        new("encode", $"{name}-onnx", "images/s", s => new OnnxEncodeBenchmark(options, 1, s.Threads)),
        new("encode", $"{name}-batch-32", "images/s", _ => new EncodeBenchmark(options, 32)),
        new("encode", $"{name}-batch-32-onnx", "images/s", s => new OnnxEncodeBenchmark(options, 32, s.Threads)),
    ];

    private static PairBenchmark WholeToBare(double width, BenchmarkSettings s) => new(ResNetStep(width, s), new BareStepBenchmark(width));

    // As in a program without this library: the defaults of libtorch's memory and of OpenMP's waiting.
    private static BenchmarkEntry Plain(string name, double width) => new("step", name, "views/s", _ => new PlainStepBenchmark(width))
    {
        Environment = new Dictionary<string, string> { [TensorMemory.Variable] = "system", ["OMP_WAIT_POLICY"] = "ACTIVE" },
    };

    private static LoaderBenchmark Loader32(BenchmarkSettings s, int threads)
    {
        var images = s.Images.InMemory(32, 32);
        return new(images, 32, LoaderBatch, threads, peaks => 2 * FloorOfUnit(new ViewsBenchmark(images, Default, 32), peaks));
    }

    private static LoaderBenchmark LoaderJpeg(BenchmarkSettings s, int threads)
    {
        var files = s.Images.Jpegs;
        return new(files, 224, Math.Min(JpegBatch, files.Count), threads, peaks => FloorOfUnit(new JpegBenchmark(files), peaks));
    }

    private static double FloorOfUnit(IBenchmark benchmark, MachinePeaks peaks)
    {
        using (benchmark) return benchmark.Floor(peaks) / benchmark.Units;
    }
}
