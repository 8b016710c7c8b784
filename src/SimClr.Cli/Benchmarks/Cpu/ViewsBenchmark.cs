using SimClr.Datasets;
using SimClr.Images;
using SimClr.Randomness;
using SimClr.Views;

namespace SimClr.Cli.Benchmarks;

/// <summary><c>views-…</c>: two views of every image, drawn and rendered into a batch on one thread.</summary>
internal sealed class ViewsBenchmark : IBenchmark
{
    private const int BatchViews = 128;

    private readonly IImageDataset images;
    private readonly ViewPolicy policy;
    private readonly int size, rounds;
    private readonly CpuViewRenderer renderer;
    private readonly float[] batch;

    /// <param name="images">Images in memory.</param>
    /// <param name="policy">The policy of the views.</param>
    /// <param name="size">S.</param>
    public ViewsBenchmark(IImageDataset images, ViewPolicy policy, int size)
    {
        (this.images, this.policy, this.size) = (images, policy.For(size), size);
        rounds = Math.Max(1, 128 / images.Count); // views differ by their crops, so a mean needs many of them
        renderer = new CpuViewRenderer(this.policy, new() { ImageSize = size });
        batch = new float[BatchViews * 3 * size * size];
    }

    public double Units => 2 * images.Count * rounds;

    public double Floor(MachinePeaks peaks)
    {
        var work = new Work();
        foreach (var (image, view) in Views()) work += ViewWork.Of(policy.Draw(image.Width, image.Height, size, view), size);
        return peaks.Vector.Seconds(work);
    }

    public void Run()
    {
        int length = 3 * size * size, at = 0;
        foreach (var (image, random) in Views())
        {
            renderer.Render(image, policy.Draw(image.Width, image.Height, size, random), batch.AsSpan(at * length, length));
            at = (at + 1) % BatchViews;
        }
    }

    private IEnumerable<(DecodedImage Image, CounterRandom Random)> Views()
    {
        for (int epoch = 0; epoch < rounds; epoch++)
        {
            for (int i = 0; i < images.Count; i++)
            {
                var image = images.Read(i);
                for (int view = 0; view < 2; view++) yield return (image, new CounterRandom(0, epoch, i, view));
            }
        }
    }

    public void Dispose()
    {
    }
}
