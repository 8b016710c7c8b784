using SimClr.Datasets;
using SimClr.Loading;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Runtime;
using TorchSharp;

namespace SimClr.Runs;

/// <summary>Estimates a run's time and memory from a few real steps with smaller batches. Nothing is saved.</summary>
/// <param name="Batch">The number of images per trial batch.</param>
/// <param name="SecondsPerImage">The median over the steps. It includes making views as far as steps wait for them.</param>
/// <param name="Spread">Half of the difference between the fastest and the slowest step, divided by the median.</param>
/// <param name="WaitShare">The share of the time that steps waited for views.</param>
/// <param name="BaseBytes">Memory before the first step, in bytes: resident memory of the process, or used memory of the GPU.</param>
/// <param name="BytesPerImage">The increase at the peak of the steps, per image of a batch.</param>
/// <param name="CheckpointBytes">The size of weights and optimiser.</param>
/// <param name="Parameters">The number of parameters in encoder and head.</param>
public sealed record TrainingEstimate(
    int Batch, double SecondsPerImage, double Spread, double WaitShare, long BaseBytes, double BytesPerImage, long CheckpointBytes,
    long Parameters)
{
    private const int FewestSteps = 2, MostSteps = 12;
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(6);

    /// <summary>Trains until a few steps are timed. The first step is a warm-up and is not timed.</summary>
    /// <param name="options">The complete options.</param>
    /// <param name="data">The images of the run.</param>
    /// <param name="device">The device for training.</param>
    /// <param name="threads">Threads that make views.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    /// <param name="groups">The groups of the pairs; null if both views show the same image.</param>
    /// <param name="time">The clock that times the steps. Default: the system's.</param>
    /// <exception cref="TrainingDivergedException">The loss is not finite after these few steps.</exception>
    public static TrainingEstimate Of(PretrainOptions options, IImageDataset data, torch.Device device, int threads,
        CancellationToken cancellationToken, ImageGroups? groups = null, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        int items = groups?.Count ?? data.Count, batch = Math.Min(Math.Min(options.BatchSize, items), options.ImageSize <= 64 ? 64 : 16);
        var smaller = options with { BatchSize = batch, MicroBatchSize = 0 };
        using var model = new SimClrModel(smaller.Encoder, smaller.Head, smaller.ImageSize, smaller.Seed);
        model.to(device);
        using var pretrainer = new Pretrainer(model, smaller, items) { SynchronizeEvery = int.MaxValue };
        bool onGpu = device.type == DeviceType.CUDA;
        var loader = new ViewLoader(
            EncoderImages.For(data, smaller.Encoder.Channels, smaller.Preprocessing.Decoding), smaller.Views, smaller.Preprocessing, batch,
            smaller.Seed, threads)
        {
            SmallCrops = smaller.SmallCrops,
            RenderOn = onGpu ? device : null,
            Groups = groups,
        };
        TensorMemory.Return(); // memory kept from earlier work would hide what the steps take
        _ = ProcessMemory.ResetPeak(); // without this, the peak is that of the whole process: more than the steps took, never less
        long start = onGpu ? Used(device) : ProcessMemory.Resident;
        var seconds = new List<double>();
        double waited = 0;
        var pace = new ThroughputMeter(batch, time);
        long began = time.GetTimestamp();
        for (int epoch = 0; !IsDone(); epoch++)
        {
            foreach (var _ in pretrainer.Steps(pace.Waiting(loader.Epoch(epoch)), cancellationToken))
            {
                pace.Step();
                seconds.Add(batch / pace.ImagesPerSecond);
                if (seconds.Count > 1) waited += pace.DataWait;
                if (IsDone()) break;
            }
            cancellationToken.ThrowIfCancellationRequested();
        }

        double[] timed = [.. seconds.Skip(1).Order()];
        double median = timed[timed.Length / 2];
        long Bytes(IEnumerable<torch.Tensor> tensors) => tensors.Sum(t => t.numel() * t.element_size());
        return new TrainingEstimate(
            batch, median / batch, (timed[^1] - timed[0]) / 2 / median, waited / timed.Sum(), start, Math.Max(
                0, (onGpu ? Used(device) : ProcessMemory.Peak) - start) / (double)batch,
            Bytes(model.state_dict().Values) + Bytes(pretrainer.OptimizerState.Values), model.parameters().Sum(p => p.numel()));

        bool IsDone() => seconds.Count > MostSteps || (seconds.Count > FewestSteps && time.GetElapsedTime(began) > Enough);
    }

    /// <summary>The peak memory of a run, from its batch or micro-batch.</summary>
    /// <param name="options">Options without automatic values.</param>
    public double PeakBytes(PretrainOptions options) =>
        BaseBytes + BytesPerImage * (options.MicroBatchSize > 0 ? Math.Min(options.MicroBatchSize, options.BatchSize) : options.BatchSize);

    /// <summary>The largest number of images per batch or micro-batch that fits into this memory; 0 if none does.</summary>
    /// <param name="memoryBytes">The memory, in bytes.</param>
    public int MostImages(long memoryBytes) => (int)Math.Clamp((memoryBytes - BaseBytes) / Math.Max(1, BytesPerImage), 0, 1 << 20);

    /// <summary>The memory that the machine (for the CPU, or null) or the GPU has, in bytes.</summary>
    /// <param name="device">The device; null for the CPU.</param>
    public static long Available(torch.Device? device) =>
        device?.type == DeviceType.CUDA ? CudaRuntime.Memory(device).Total : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    // libtorch keeps its memory, so the memory in use after the steps is their peak.
    private static long Used(torch.Device device)
    {
        var (free, total) = CudaRuntime.Memory(device);
        return total - free;
    }
}
