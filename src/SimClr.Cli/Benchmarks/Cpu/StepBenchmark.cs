using SimClr.Datasets;
using SimClr.Loading;
using SimClr.Models;
using SimClr.Pretraining;

namespace SimClr.Cli.Benchmarks;

/// <summary><c>step-…</c>: a step of <c>pretrain</c>: views from the loader, encoder, head, loss, gradient, optimizer, metrics.</summary>
internal sealed class StepBenchmark : IBenchmark
{
    private readonly PretrainOptions options;
    private readonly SimClrModel model;
    private readonly Pretrainer pretrainer;
    private readonly IEnumerator<StepMetrics> steps;

    /// <param name="width">The width of the encoder, a ResNet-18.</param>
    /// <param name="images">Images of 32 × 32 pixels; borrowed.</param>
    /// <param name="threads">Threads of the loader.</param>
    public StepBenchmark(double width, IImageDataset images, int threads)
    {
        options = Options(width);
        model = new SimClrModel(options.Encoder, options.Head, options.ImageSize, options.Seed);
        pretrainer = new Pretrainer(model, options, images.Count);
        steps = Steps(new ViewLoader(images, options.Views, options.Preprocessing, options.BatchSize, options.Seed, threads))
            .GetEnumerator();
    }

    public double Units => 2 * options.BatchSize;

    /// <summary>The defaults at 32 pixels: 256 images, SGD. There are more epochs than the benchmark needs.</summary>
    public static PretrainOptions Options(double width) =>
        new PretrainOptions { Epochs = 100_000, Encoder = new ResNetOptions { Width = width } }.For(largestSide: 32);

    // The work of the encoder and the head. Everything else adds less than a percent.
    public double Floor(MachinePeaks peaks) => peaks.Product.Seconds(Units * ModelWork.ForwardBackward(model, options.ImageSize));

    public void Run() => steps.MoveNext();

    private IEnumerable<StepMetrics> Steps(ViewLoader loader)
    {
        while (true)
        {
            foreach (var step in pretrainer.Steps(loader.Epoch(pretrainer.Epoch))) yield return step;
        }
    }

    public void Dispose()
    {
        steps.Dispose();
        pretrainer.Dispose();
        model.Dispose();
    }
}
