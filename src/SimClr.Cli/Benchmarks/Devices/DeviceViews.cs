using SimClr.Datasets;
using SimClr.Loading;
using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Cli.Benchmarks;

/// <summary>
/// <c>views-…</c>: two views of every image of a batch. The loader's threads draw their parameters, and the device renders them from images
/// in its memory.
/// </summary>
internal sealed class DeviceViews : IDeviceBenchmark
{
    private readonly DeviceImages resident;
    private readonly IEnumerator<ViewBatch> batches;
    private readonly int batch;

    /// <param name="images">At least as many images as a batch.</param>
    /// <param name="policy">The policy of the views.</param>
    /// <param name="size">S.</param>
    /// <param name="batch">N.</param>
    /// <param name="threads">Threads that draw the parameters.</param>
    /// <param name="device">The device that renders.</param>
    public DeviceViews(IImageDataset images, ViewPolicy policy, int size, int batch, int threads, Device device)
    {
        this.batch = batch;
        resident = DeviceImages.Load(images, device, long.MaxValue / images.Count, threads)!;
        var loader = new ViewLoader(images, policy, new() { ImageSize = size }, batch, seed: 0, threads)
        { RenderOn = device, Resident = resident };
        batches = loader.Batches(0, (long)int.MaxValue * loader.BatchesPerEpoch).GetEnumerator();
    }

    public double Units => 2 * batch;

    public double Flops => 0;

    public void Run()
    {
        batches.Current?.Dispose();
        batches.MoveNext();
    }

    public void Wait() => _ = batches.Current.Views[0, 0, 0, 0].item<float>();

    public void Dispose()
    {
        batches.Current?.Dispose();
        batches.Dispose();
        resident.Dispose();
    }
}
