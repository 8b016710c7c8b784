using SimClr.Datasets;
using SimClr.Loading;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Cli.Benchmarks;

/// <summary>
/// <c>step-…</c>: network, loss, gradient and optimizer on the same views every time, as in PyTorch's benchmark. <c>train-…</c>: also makes
/// the views from images in the device's memory, as <c>pretrain</c> does.
/// </summary>
internal sealed class DeviceStep : IDeviceBenchmark
{
    private readonly PretrainOptions options;
    private readonly SimClrModel model;
    private readonly Pretrainer pretrainer;
    private readonly DeviceImages? resident;
    private readonly Tensor? views;
    private readonly IEnumerator<StepMetrics> steps;

    /// <param name="options">Complete options.</param>
    /// <param name="images">At least as many images as a batch; null for the same views every time.</param>
    /// <param name="threads">Threads that draw the parameters of views.</param>
    /// <param name="device">The device that trains.</param>
    public DeviceStep(PretrainOptions options, IImageDataset? images, int threads, Device device)
    {
        this.options = options;
        model = new SimClrModel(options.Encoder, options.Head, options.ImageSize, options.Seed);
        model.to(device);
        pretrainer = new Pretrainer(model, options, images?.Count ?? options.BatchSize) { SynchronizeEvery = int.MaxValue };
        if (images is null)
        {
            views = rand([2 * options.BatchSize, 3, options.ImageSize, options.ImageSize], float32, device);
            steps = pretrainer.Steps(Same(views, options.BatchSize)).GetEnumerator();
            return;
        }
        resident = DeviceImages.Load(images, device, long.MaxValue / images.Count, threads)!;
        var loader = new ViewLoader(images, options.Views, options.Preprocessing, options.BatchSize, options.Seed, threads)
        { RenderOn = device, Resident = resident };
        steps = pretrainer.Steps(loader.Batches(0, pretrainer.TotalSteps)).GetEnumerator();
    }

    public double Units => options.BatchSize;

    public double Flops => 2 * options.BatchSize * 3 * (ModelWork.Forward(model.EncoderOptions, options.ImageSize).Flops +
        model.Head.parameters().Where(p => p.dim() == 2).Sum(p => 2.0 * p.numel()));

    /// <summary>The options for measurements of a network at a batch size.</summary>
    public static PretrainOptions Options(ResNetDepth depth, int size, int batch, Precision precision) => new PretrainOptions
    {
        Preprocessing = new() { ImageSize = size },
        BatchSize = batch,
        Epochs = 1_000_000,
        Precision = precision,
        Encoder = new ResNetOptions { Arch = depth },
    }.For(size);

    public void Run() => steps.MoveNext();

    // The last enqueued operation changes a parameter.
    public void Wait() => _ = model.parameters().Last(p => p.requires_grad).detach().sum().item<float>();

    /// <summary>The same views as every batch.</summary>
    /// <param name="views">(2N, C, S, S); borrowed.</param>
    /// <param name="batch">N.</param>
    public static IEnumerable<ViewBatch> Same(Tensor views, int batch)
    {
        int[] indices = [.. Enumerable.Range(0, batch)];
        while (true) yield return new ViewBatch(views.alias(), indices);
    }

    public void Dispose()
    {
        steps.Dispose();
        pretrainer.Dispose();
        model.Dispose();
        resident?.Dispose();
        views?.Dispose();
    }
}
