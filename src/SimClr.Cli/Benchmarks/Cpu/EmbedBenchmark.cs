using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Cli.Benchmarks;

/// <summary>
/// <c>embed-resnet18-32</c>, <c>embed-jpeg-resnet18-224</c>: images to features, as in <c>embed</c> and <c>evaluate</c>.
/// </summary>
internal sealed class EmbedBenchmark : IBenchmark
{
    private readonly IImageDataset images;
    private readonly int imageSize;
    private readonly ResNet encoder;

    /// <param name="images">The images; borrowed.</param>
    /// <param name="imageSize">S.</param>
    public EmbedBenchmark(IImageDataset images, int imageSize)
    {
        (this.images, this.imageSize) = (images, imageSize);
        using var generator = new Generator(0, CPU);
        encoder = new ResNet(new ResNetOptions(), imageSize, generator);
        encoder.eval();
    }

    public double Units => images.Count;

    public double Floor(MachinePeaks peaks) => peaks.Product.Seconds(Units * ModelWork.Forward(encoder.Options, imageSize, fast: true));

    public void Run() => new FeatureExtractor(images).Encode(encoder, new() { ImageSize = imageSize }, CPU).Dispose();

    public void Dispose() => encoder.Dispose();
}
