using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Cli.Benchmarks;

/// <summary><c>embed-…</c>: images to features, as in <c>embed</c> and <c>evaluate</c>.</summary>
internal sealed class EmbedBenchmark : IBenchmark
{
    private readonly IImageDataset images;
    private readonly nn.Module<Tensor, Tensor> encoder;
    private readonly int imageSize;

    /// <param name="options">The encoder.</param>
    /// <param name="imageSize">S, in pixels.</param>
    /// <param name="images">The images; borrowed.</param>
    public EmbedBenchmark(EncoderOptions options, int imageSize, IImageDataset images)
    {
        (this.images, this.imageSize) = (images, imageSize);
        using var generator = new Generator(0, CPU);
        encoder = options.Create(imageSize, generator);
        encoder.eval();
    }

    public double Units => images.Count;

    public double Floor(MachinePeaks peaks) => peaks.Product.Seconds(Units * ModelWork.Forward(encoder, imageSize, fast: true));

    public void Run() => new FeatureExtractor(images).Encode(encoder, new() { ImageSize = imageSize }, CPU).Dispose();

    public void Dispose() => encoder.Dispose();
}
