using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Cli.Benchmarks;

/// <summary><c>embed-resnet18-32</c>: images to features, as in <c>embed</c> and <c>evaluate</c>.</summary>
internal sealed class EmbedBenchmark : IBenchmark
{
    private readonly IImageDataset images;
    private readonly ResNet encoder;

    /// <param name="images">Images of 32 × 32 pixels; borrowed.</param>
    public EmbedBenchmark(IImageDataset images)
    {
        this.images = images;
        using var generator = new Generator(0, CPU);
        encoder = new ResNet(new ResNetOptions(), 32, generator);
        encoder.eval();
    }

    public double Units => images.Count;

    public double Floor(MachinePeaks peaks) => peaks.Product.Seconds(Units * ModelWork.Forward(encoder.Options, 32, fast: true));

    public void Run() => new FeatureExtractor(images).Encode(encoder, new() { ImageSize = 32 }, CPU).Dispose();

    public void Dispose() => encoder.Dispose();
}
