using SimClr.Datasets;
using SimClr.Loading;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Runtime;
using TorchSharp;

namespace SimClr.Runs;

/// <summary>A few real steps of a run, with fewer images in a batch, from which its time and memory are estimated. Nothing is saved.</summary>
/// <param name="Batch">Images in each of its batches.</param>
/// <param name="SecondsPerImage">Median of the steps; with the making of the views, as far as steps wait for it.</param>
/// <param name="Spread">Half of what lies between the quickest and the slowest step, as a share of the median.</param>
/// <param name="WaitShare">The share of the time for which steps waited for their views.</param>
/// <param name="BaseBytes">Resident memory of the process, or what is used of the GPU's, before the first step.</param>
/// <param name="BytesPerImage">What the peak of the steps added to it, for each image of a batch.</param>
/// <param name="CheckpointBytes">Of weights and optimiser.</param>
/// <param name="Parameters">Of encoder and head.</param>
public sealed record TrainingEstimate(
    int Batch, double SecondsPerImage, double Spread, double WaitShare, long BaseBytes, double BytesPerImage, long CheckpointBytes, long Parameters)
{
    private const int FewestSteps = 2, MostSteps = 12;
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(6);

    /// <summary>Trains until a few steps have been timed; the first, which warms up, is not.</summary>
    /// <param name="options">Complete.</param>
    /// <param name="data">The images of the run.</param>
    /// <param name="device">Where it would train.</param>
    /// <param name="threads">That make views.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="groups">That pairs are taken from; null where both views are of one image.</param>
    /// <param name="time">By which steps are timed. Default: the system's clock.</param>
    /// <exception cref="TrainingDivergedException">The loss is not finite after so few steps.</exception>
    public static TrainingEstimate Of(PretrainOptions options, IImageDataset data, torch.Device device, int threads, CancellationToken cancellation, ImageGroups? groups = null, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        int items = groups?.Count ?? data.Count, batch = Math.Min(Math.Min(options.BatchSize, items), options.ImageSize <= 64 ? 64 : 16);
        var smaller = options with { BatchSize = batch, MicroBatchSize = 0 };
        using var model = new SimClrModel(smaller.Encoder, smaller.Head, smaller.ImageSize, smaller.Seed);
        model.to(device);
        using var pretrainer = new Pretrainer(model, smaller, items) { SynchronizeEvery = int.MaxValue };
        bool onGpu = device.type == DeviceType.CUDA;
        var loader = new ViewLoader(GrayDataset.For(data, smaller.Encoder.Channels), smaller.Views, smaller.Preprocessing, batch, smaller.Seed, threads)
        {
            SmallCrops = smaller.SmallCrops,
            RenderOn = onGpu ? device : null,
            Groups = groups,
        };
        _ = ProcessMemory.ResetPeak(); // else the peak is that of the whole process: more than the steps took, never less
        long start = onGpu ? Used(device) : ProcessMemory.Resident;
        var seconds = new List<double>();
        double waited = 0;
        var pace = new ThroughputMeter(batch, time);
        long began = time.GetTimestamp();
        for (int epoch = 0; !IsDone(); epoch++)
        {
            foreach (var _ in pretrainer.Steps(pace.Waiting(loader.Epoch(epoch)), cancellation))
            {
                pace.Step();
                seconds.Add(batch / pace.ImagesPerSecond);
                if (seconds.Count > 1) waited += pace.DataWait;
                if (IsDone()) break;
            }
            cancellation.ThrowIfCancellationRequested();
        }

        double[] timed = [.. seconds.Skip(1).Order()];
        double median = timed[timed.Length / 2];
        long Bytes(IEnumerable<torch.Tensor> tensors) => tensors.Sum(t => t.numel() * t.element_size());
        return new TrainingEstimate(
            batch, median / batch, (timed[^1] - timed[0]) / 2 / median, waited / timed.Sum(), start, Math.Max(0, (onGpu ? Used(device) : ProcessMemory.Peak) - start) / (double)batch,
            Bytes(model.state_dict().Values) + Bytes(pretrainer.OptimizerState.Values), model.parameters().Sum(p => p.numel()));

        bool IsDone() => seconds.Count > MostSteps || (seconds.Count > FewestSteps && time.GetElapsedTime(began) > Enough);
    }

    /// <summary>Peak memory of a run: that of a batch, or of a micro-batch.</summary>
    public double PeakBytes(PretrainOptions options) =>
        BaseBytes + BytesPerImage * (options.MicroBatchSize > 0 ? Math.Min(options.MicroBatchSize, options.BatchSize) : options.BatchSize);

    /// <summary>The most images whose batch, or micro-batch, some memory holds; 0 for none.</summary>
    public int MostImages(long memoryBytes) => (int)Math.Clamp((memoryBytes - BaseBytes) / Math.Max(1, BytesPerImage), 0, 1 << 20);

    /// <summary>The memory that the machine (for the CPU, or null) or the GPU has, in bytes.</summary>
    public static long Available(torch.Device? device) => device?.type == DeviceType.CUDA ? CudaRuntime.Memory(device).Total : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    // libtorch keeps what it was given: what is used after the steps is their peak.
    private static long Used(torch.Device device)
    {
        var (free, total) = CudaRuntime.Memory(device);
        return total - free;
    }
}
