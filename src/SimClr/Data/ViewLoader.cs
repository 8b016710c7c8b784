using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Data;

/// <summary>
/// Batches of view pairs, made ahead of the trainer on other threads. Order and views depend on (seed, epoch, image)
/// alone: not on the number of threads, nor on where in an epoch the reading began.
/// </summary>
public sealed class ViewLoader
{
    private const uint OrderPurpose = 1;

    private readonly IImageDataset data;
    private readonly ViewPolicy policy;
    private readonly int imageSize, batchSize, microBatchSize, threads;
    private readonly long seed;
    private readonly BadImagePolicy onBadImage;
    private readonly ConcurrentBag<CpuViewRenderer> renderers = [];
    private readonly ConcurrentDictionary<int, BadImage> badImages = new();

    /// <summary>Prepares loading; reads no image.</summary>
    /// <param name="data">The images; borrowed.</param>
    /// <param name="policy">What views are drawn from.</param>
    /// <param name="imageSize">S, in pixels, at least 8.</param>
    /// <param name="batchSize">N, in [1, number of images].</param>
    /// <param name="seed">Same seed, same order and views.</param>
    /// <param name="threads">Batches in the making at the same time, at least 1.</param>
    /// <param name="onBadImage">What a damaged image does.</param>
    /// <param name="microBatchSize">m, the most images whose views exist at once in a batch; 0: all. See <see cref="Epoch"/>.</param>
    /// <exception cref="ArgumentException">A value is outside its range.</exception>
    public ViewLoader(
        IImageDataset data, ViewPolicy policy, int imageSize, int batchSize, long seed, int threads = 1, BadImagePolicy onBadImage = BadImagePolicy.Skip, int microBatchSize = 0)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(policy);
        policy.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(imageSize, 8);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(microBatchSize);
        if (batchSize > data.Count)
            throw new ArgumentException($"A batch of {batchSize} images cannot be filled from {data.Name}, which has {data.Count}.", nameof(batchSize));
        (this.data, this.policy, this.imageSize, this.batchSize) = (data, policy.For(imageSize), imageSize, batchSize);
        (this.seed, this.threads, this.onBadImage) = (seed, threads, onBadImage);
        this.microBatchSize = microBatchSize == 0 ? batchSize : Math.Min(microBatchSize, batchSize);
    }

    /// <summary>Whole batches in an epoch: ⌊images/N⌋. The images left over differ from epoch to epoch.</summary>
    public int BatchesPerEpoch => data.Count / batchSize;

    private int MicroBatches => (batchSize + microBatchSize - 1) / microBatchSize;

    /// <summary>The damaged images met so far, each once.</summary>
    public IReadOnlyCollection<BadImage> BadImages => [.. badImages.Values.OrderBy(b => b.Index)];

    /// <summary>
    /// The batches of one epoch. Each belongs to whoever enumerates; what was made ahead is freed when the enumeration ends.
    /// With m below N a batch comes as ⌈N/m⌉ micro-batches, whose sizes differ by at most 1, and then the same again, views and all.
    /// </summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="skip">Batches at the start that are not made: where a resumed run goes on.</param>
    /// <exception cref="InvalidDataException">An image is damaged and the policy is to fail, or no image can be read.</exception>
    public IEnumerable<ViewBatch> Epoch(int epoch, int skip = 0)
    {
        Func<int, RgbImage> read = MicroBatches == 1 ? data.Read : new TwiceReadImages(data).Read;
        using var parts = Parts(Order(epoch), skip).GetEnumerator();
        var ahead = new Queue<Task<ViewBatch>>();
        try
        {
            while (true)
            {
                while (ahead.Count <= threads && parts.MoveNext())
                {
                    var indices = parts.Current;
                    ahead.Enqueue(Task.Run(() => Render(indices, epoch, read)));
                }
                if (!ahead.TryPeek(out var batch)) yield break;
                var ready = batch.GetAwaiter().GetResult();
                ahead.Dequeue();
                yield return ready;
            }
        }
        finally
        {
            foreach (var unused in ahead)
                _ = unused.ContinueWith(t => t.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        }
    }

    /// <summary>The order in which an epoch shows the images: a uniform permutation.</summary>
    private int[] Order(int epoch)
    {
        int[] order = [.. Enumerable.Range(0, data.Count)];
        CounterRandom.For(seed, OrderPurpose, epoch).Draw(order, order.Length);
        return order;
    }

    // What is rendered, in order: the micro-batches of every batch, twice where there are several.
    private IEnumerable<ArraySegment<int>> Parts(int[] order, int skip) =>
        from batch in Enumerable.Range(skip, Math.Max(0, BatchesPerEpoch - skip))
        from pass in Enumerable.Range(0, MicroBatches == 1 ? 1 : 2)
        from part in Enumerable.Range(0, MicroBatches)
        let start = (int)((long)batchSize * part / MicroBatches)
        let end = (int)((long)batchSize * (part + 1) / MicroBatches)
        select new ArraySegment<int>(order, batch * batchSize + start, end - start);

    private ViewBatch Render(ArraySegment<int> indices, int epoch, Func<int, RgbImage> read)
    {
        if (!renderers.TryTake(out var renderer)) renderer = new CpuViewRenderer(policy, imageSize);
        int length = 3 * imageSize * imageSize;
        var views = empty(2 * indices.Count, 3, imageSize, imageSize);
        var pixels = MemoryMarshal.Cast<byte, float>(views.bytes);
        try
        {
            for (int i = 0; i < indices.Count; i++)
            {
                var (image, index) = ReadGood(indices[i], read);
                for (int view = 0; view < 2; view++)
                {
                    var parameters = policy.Draw(image.Width, image.Height, imageSize, new CounterRandom(seed, epoch, index, view));
                    renderer.Render(image, parameters, pixels.Slice((i + view * indices.Count) * length, length));
                }
            }
            return new ViewBatch(views, indices);
        }
        catch
        {
            views.Dispose();
            throw;
        }
        finally
        {
            renderers.Add(renderer);
        }
    }

    // The next readable image takes the place of a damaged one.
    private (RgbImage Image, int Index) ReadGood(int index, Func<int, RgbImage> read)
    {
        for (int tried = 0; tried < data.Count; tried++, index = (index + 1) % data.Count)
        {
            if (badImages.ContainsKey(index)) continue;
            try
            {
                return (read(index), index);
            }
            catch (Exception e) when (e is InvalidDataException or IOException && onBadImage == BadImagePolicy.Skip)
            {
                badImages.TryAdd(index, new BadImage(index, e.Message));
            }
        }
        throw new InvalidDataException($"None of the {data.Count} images of {data.Name} can be read; the first: {BadImages.First().Reason}");
    }
}
