using SimClr.Datasets;
using SimClr.Loading;
using SimClr.Views;

namespace SimClr.Cli.Benchmarks;

/// <summary><c>loader-…</c>: epochs of the loader, whose batches are thrown away.</summary>
internal sealed class LoaderBenchmark : IBenchmark
{
    private const int Batches = 16; // at least: an epoch of few images ends before all threads work

    private readonly ViewLoader loader;
    private readonly int batchSize, threads, epochs;
    private readonly Func<MachinePeaks, double> floorOfImage;
    private int epoch;

    /// <param name="images">Borrowed.</param>
    /// <param name="size">S.</param>
    /// <param name="batchSize">N.</param>
    /// <param name="threads">Threads of the loader.</param>
    /// <param name="floorOfImage">The least time that one thread takes for an image, in seconds.</param>
    public LoaderBenchmark(IImageDataset images, int size, int batchSize, int threads, Func<MachinePeaks, double> floorOfImage)
    {
        (this.batchSize, this.threads, this.floorOfImage) = (batchSize, threads, floorOfImage);
        loader = new ViewLoader(images, new ViewPolicy(), new() { ImageSize = size }, batchSize, seed: 0, threads);
        epochs = (Batches + loader.BatchesPerEpoch - 1) / loader.BatchesPerEpoch;
    }

    public double Units => (double)epochs * loader.BatchesPerEpoch * batchSize;

    public double Floor(MachinePeaks peaks) => Units * floorOfImage(peaks) / threads;

    public void Run()
    {
        for (int i = 0; i < epochs; i++)
        {
            foreach (var batch in loader.Epoch(epoch++)) batch.Dispose();
        }
    }

    public void Dispose()
    {
    }
}
