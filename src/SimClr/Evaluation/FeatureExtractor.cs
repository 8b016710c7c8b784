using System.Runtime.InteropServices;
using SimClr.Data;
using SimClr.Views;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Evaluation;

/// <summary>
/// Turns images into features, one row per image, without chance: the middle square of each, resized to S
/// (<see cref="ViewPolicy.Center"/>) and normalised as in pretraining. The next batch is decoded while one is encoded.
/// Damaged images have no row, and so no label.
/// </summary>
/// <param name="data">The images; borrowed.</param>
public sealed class FeatureExtractor(IImageDataset data)
{
    private const int BatchSize = 256, PixelSide = 32;

    private readonly SortedDictionary<int, BadImage> badImages = [];

    /// <summary>The damaged images met so far, each once.</summary>
    public IReadOnlyCollection<BadImage> BadImages => badImages.Values;

    /// <summary>Encodes every readable image.</summary>
    /// <param name="encoder">x (N, 3, S, S) float32 → (N, D); borrowed, in eval mode and on <paramref name="device"/>.</param>
    /// <param name="policy">Its filter and normalisation are used; borrowed.</param>
    /// <param name="imageSize">S.</param>
    /// <param name="device">Where the encoder is.</param>
    /// <param name="progress">Told how many images are done.</param>
    /// <returns>(M, D) on the CPU; the caller's.</returns>
    /// <exception cref="InvalidOperationException">The encoder is in training mode, or it changed.</exception>
    /// <exception cref="InvalidDataException">No image can be read.</exception>
    public Features Encode(Module<Tensor, Tensor> encoder, ViewPolicy policy, int imageSize, Device device, IProgress<int>? progress = null)
    {
        var frozen = new FrozenGuard(encoder);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var features = new List<Tensor>();
        var labels = new List<long>();
        foreach (var (images, batchLabels, done) in Batches(policy, imageSize))
        {
            using var batch = NewDisposeScope();
            features.Add(encoder.call(images.to(device)).cpu().MoveToOuterDisposeScope());
            images.Dispose();
            labels.AddRange(batchLabels);
            progress?.Report(done);
        }
        frozen.Check();
        return Collect(features, labels);
    }

    /// <summary>The images themselves as features, what any encoder must beat: at most 32 × 32 pixels, R, G and B.</summary>
    /// <param name="imageSize">S: pixels a side, if it is less than 32.</param>
    /// <returns>(M, 3·side²) on the CPU; the caller's.</returns>
    /// <exception cref="InvalidDataException">No image can be read.</exception>
    public Features Pixels(int imageSize)
    {
        using var scope = NewDisposeScope();
        var features = new List<Tensor>();
        var labels = new List<long>();
        foreach (var (images, batchLabels, _) in Batches(new ViewPolicy(), Math.Min(imageSize, PixelSide)))
        {
            features.Add(images.flatten(1));
            images.Dispose();
            labels.AddRange(batchLabels);
        }
        return Collect(features, labels);
    }

    private Features Collect(List<Tensor> features, List<long> labels)
    {
        if (labels.Count == 0)
            throw new InvalidDataException($"None of the {data.Count} images of {data.Name} can be read.");
        return new Features(cat(features).MoveToOuterDisposeScope(), tensor(labels.ToArray()).MoveToOuterDisposeScope());
    }

    private IEnumerable<(Tensor Images, List<long> Labels, int Done)> Batches(ViewPolicy policy, int imageSize)
    {
        // Two renderers take turns: one fills the next batch while the other's is used.
        var renderers = new Queue<CpuViewRenderer>([new(policy, imageSize), new(policy, imageSize)]);
        Task<(Tensor, List<long>, int)>? next = null;
        for (int start = 0; start < data.Count || next is not null; start += BatchSize)
        {
            var ready = next;
            var renderer = renderers.Dequeue();
            int from = start;
            next = start < data.Count ? Task.Run(() => Render(renderer, from, imageSize)) : null;
            renderers.Enqueue(renderer);
            if (ready is null) continue;
            var batch = ready.GetAwaiter().GetResult();
            if (batch.Item2.Count > 0) yield return batch;
            else batch.Item1.Dispose();
        }
    }

    private (Tensor Images, List<long> Labels, int Done) Render(CpuViewRenderer renderer, int start, int imageSize)
    {
        int end = Math.Min(data.Count, start + BatchSize), length = 3 * imageSize * imageSize;
        float[] pixels = new float[(end - start) * length];
        var labels = new List<long>(end - start);
        for (int i = start; i < end; i++)
        {
            try
            {
                var image = data.Read(i);
                renderer.Render(image, ViewPolicy.Center(image.Width, image.Height, imageSize), pixels.AsSpan(labels.Count * length, length));
                labels.Add(data.Label(i));
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                lock (badImages) badImages[i] = new BadImage(i, e.Message);
            }
        }
        var images = empty(labels.Count, 3, imageSize, imageSize);
        MemoryMarshal.AsBytes(pixels.AsSpan(0, labels.Count * length)).CopyTo(images.bytes);
        return (images, labels, end);
    }
}
