using SimClr.Datasets;
using SimClr.Loading;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Pretraining;

namespace SimClr.Cli.Benchmarks;

/// <summary><c>step-…</c>: a step of <c>pretrain</c>: views from the loader, encoder, head, loss, gradient, optimizer, metrics.</summary>
internal sealed class StepBenchmark : IBenchmark
{
    private const int ManyEpochs = 100_000;

    private readonly PretrainOptions options;
    private readonly SimClrModel model;
    private readonly Pretrainer pretrainer;
    private readonly IEnumerator<StepMetrics> steps;

    /// <param name="options">Complete options.</param>
    /// <param name="images">Images of the views' size; borrowed.</param>
    /// <param name="threads">Threads of the loader.</param>
    public StepBenchmark(PretrainOptions options, IImageDataset images, int threads)
    {
        this.options = options;
        model = new SimClrModel(options.Encoder, options.Head, options.ImageSize, options.Seed);
        pretrainer = new Pretrainer(model, options, images.Count);
        steps = Steps(new ViewLoader(images, options.Views, options.Preprocessing, options.BatchSize, options.Seed, threads))
            .GetEnumerator();
    }

    public double Units => 2 * options.BatchSize;

    /// <summary>The defaults for a ResNet-18 at 32 pixels: 256 images, SGD. There are more epochs than the benchmark needs.</summary>
    /// <param name="width">The width of the encoder.</param>
    public static PretrainOptions OfResNet(double width) =>
        new PretrainOptions { Epochs = ManyEpochs, Encoder = new ResNetOptions { Width = width } }.For(largestSide: 32);

    /// <summary>The same for another encoder, with AdamW.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="size">S, in pixels.</param>
    /// <param name="batch">N, the images of a batch.</param>
    public static PretrainOptions Of(EncoderOptions encoder, int size, int batch) =>
        new PretrainOptions { Epochs = ManyEpochs, Encoder = encoder, BatchSize = batch, Optimizer = new() { Kind = OptimizerKind.Adamw } }
            .For(largestSide: size);

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
