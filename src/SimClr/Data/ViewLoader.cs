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
    private readonly IImageDataset data;
    private readonly ViewPolicy policy;
    private readonly int imageSize, batchSize, threads, shuffleWindow;
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
    /// <param name="shuffleWindow">Images that are shuffled among each other, for data larger than memory; 0 for all.</param>
    /// <exception cref="ArgumentException">A value is outside its range.</exception>
    public ViewLoader(IImageDataset data, ViewPolicy policy, int imageSize, int batchSize, long seed, int threads = 1, BadImagePolicy onBadImage = BadImagePolicy.Skip, int shuffleWindow = 0)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(policy);
        policy.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(imageSize, 8);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(shuffleWindow);
        if (batchSize > data.Count)
            throw new ArgumentException($"A batch of {batchSize} images cannot be filled from {data.Name}, which has {data.Count}.", nameof(batchSize));
        (this.data, this.policy, this.imageSize, this.batchSize) = (data, policy.For(imageSize), imageSize, batchSize);
        (this.seed, this.threads, this.onBadImage, this.shuffleWindow) = (seed, threads, onBadImage, shuffleWindow);
    }

    /// <summary>Whole batches in an epoch: ⌊images/N⌋. The images left over differ from epoch to epoch.</summary>
    public int BatchesPerEpoch => data.Count / batchSize;

    /// <summary>The damaged images met so far, each once.</summary>
    public IReadOnlyCollection<BadImage> BadImages => [.. badImages.Values.OrderBy(b => b.Index)];

    /// <summary>The batches of one epoch. Each belongs to whoever enumerates; what was made ahead is freed when the enumeration ends.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="skip">Batches at the start that are not made: where a resumed run goes on.</param>
    /// <exception cref="InvalidDataException">An image is damaged and the policy is to fail, or no image can be read.</exception>
    public IEnumerable<ViewBatch> Epoch(int epoch, int skip = 0)
    {
        var order = new EpochOrder(seed, epoch, data.Count, shuffleWindow);
        int next = skip;
        var ahead = new Queue<Task<ViewBatch>>();
        try
        {
            while (true)
            {
                while (next < BatchesPerEpoch && ahead.Count <= threads)
                {
                    int[] indices = order.Slice(next++ * batchSize, batchSize);
                    ahead.Enqueue(Task.Run(() => Render(indices, epoch)));
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

    private ViewBatch Render(int[] indices, int epoch)
    {
        if (!renderers.TryTake(out var renderer)) renderer = new CpuViewRenderer(policy, imageSize);
        int length = 3 * imageSize * imageSize;
        var views = empty(2 * indices.Length, 3, imageSize, imageSize);
        var pixels = MemoryMarshal.Cast<byte, float>(views.bytes);
        try
        {
            for (int i = 0; i < indices.Length; i++)
            {
                var (image, index) = ReadGood(indices[i]);
                for (int view = 0; view < 2; view++)
                {
                    var parameters = policy.Draw(image.Width, image.Height, imageSize, new CounterRandom(seed, epoch, index, view));
                    renderer.Render(image, parameters, pixels.Slice((i + view * indices.Length) * length, length));
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
    private (RgbImage Image, int Index) ReadGood(int index)
    {
        for (int tried = 0; tried < data.Count; tried++, index = (index + 1) % data.Count)
        {
            if (badImages.ContainsKey(index)) continue;
            try
            {
                return (data.Read(index), index);
            }
            catch (Exception e) when (e is InvalidDataException or IOException && onBadImage == BadImagePolicy.Skip)
            {
                badImages.TryAdd(index, new BadImage(index, e.Message));
            }
        }
        throw new InvalidDataException($"None of the {data.Count} images of {data.Name} can be read; the first: {BadImages.First().Reason}");
    }
}
