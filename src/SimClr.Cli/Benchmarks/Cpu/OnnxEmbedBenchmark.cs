using SimClr.Datasets;
using SimClr.Models;
using SimClr.Onnx;

namespace SimClr.Cli.Benchmarks;

/// <summary><c>embed-jpeg-resnet18-224-onnx</c>: JPEG files to vectors by <see cref="ImageEmbedder"/>.</summary>
internal sealed class OnnxEmbedBenchmark : IBenchmark
{
    private readonly IImageDataset images;
    private readonly ImageEmbedder embedder;

    /// <param name="images">JPEG files; borrowed.</param>
    /// <param name="threads">The threads of the session, and the images at once.</param>
    public OnnxEmbedBenchmark(IImageDataset images, int threads)
    {
        this.images = images;
        using var file = new OnnxFile(new ResNetOptions());
        using var session = ImageEmbedderOptions.DefaultSession();
        session.IntraOpNumThreads = threads;
        embedder = ImageEmbedder.Load(file.Path, new ImageEmbedderOptions { Session = session, MaxConcurrency = threads });
    }

    public double Units => images.Count;

    public double Floor(MachinePeaks peaks) =>
        peaks.Product.Seconds(Units * ModelWork.Forward(new ResNetOptions(), EncodeBenchmark.ImageSize, fast: true));

    public void Run()
    {
        foreach (var image in embedder.EmbedAsync(images).ToBlockingEnumerable())
        {
            if (image.Error is { } error) throw error;
        }
    }

    public void Dispose() => embedder.Dispose();
}
