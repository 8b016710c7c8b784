using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using SimClr.Datasets;
using SimClr.Images;
using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Evaluation;

public sealed partial class FeatureExtractor
{
    // This rank's batches, whose values are the images themselves, (R, C, S, S). One batch is made ahead.
    private IEnumerable<FeatureBatch> Images(IImageDataset source, Preprocessing preprocessing, int first)
    {
        var renderers = new ConcurrentBag<(CpuViewRenderer, DecodeBuffer)>();
        Task<FeatureBatch>? next = null;
        try
        {
            int batch = BatchSize(preprocessing.ImageSize);
            for (long start = first + (long)ranks.Rank * batch; start < source.Count || next is not null; start += (long)ranks.Size * batch)
            {
                var ready = next;
                int from = (int)Math.Min(start, source.Count);
                next = start < source.Count ? Task.Run(() => Render(source, renderers, preprocessing, from)) : null;
                if (ready is not null) yield return ready.GetAwaiter().GetResult();
            }
        }
        finally
        {
            _ = next?.ContinueWith(unused =>
                unused.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        }
    }

    private FeatureBatch Render(IImageDataset source, ConcurrentBag<(CpuViewRenderer Renderer, DecodeBuffer Buffer)> renderers,
        Preprocessing preprocessing, int start)
    {
        int imageSize = preprocessing.ImageSize, count = Math.Min(BatchSize(imageSize), source.Count - start);
        var good = new bool[count];
        var images = empty(count, source.Channels, imageSize, imageSize);
        try
        {
            InParallel.For(count, new ParallelOptions(), i =>
            {
                if (!renderers.TryTake(out var own)) own = (new CpuViewRenderer(preprocessing, source.Channels), new DecodeBuffer());
                using var image = images.narrow(0, i, 1); // a batch of many channels can be larger than a span
                good[i] = TryRender(source, own.Renderer, own.Buffer, start + i, MemoryMarshal.Cast<byte, float>(image.bytes));
                renderers.Add(own);
            });
            int[] readable = [.. Enumerable.Range(start, count).Where(i => good[i - start])];
            return new FeatureBatch(start, start + count, readable, readable.Length == count ? images : Rows(images, readable, start));
        }
        catch
        {
            images.Dispose();
            throw;
        }
    }

    private bool TryRender(IImageDataset source, CpuViewRenderer renderer, DecodeBuffer buffer, int index, Span<float> planes)
    {
        try
        {
            renderer.Render(source.ReadWhole(index, buffer), planes);
            return true;
        }
        catch (InvalidDataException e)
        {
            LeaveOut(BadImage.Of(source, index, e));
            return false;
        }
    }

    private void LeaveOut(BadImage bad)
    {
        lock (badImages)
        {
            badImages[bad.Index] = bad;
            if (badImages.Count < data.Count) DamageLimit.Require(data, data.Count, badImages.Count, () => badImages.First().Value);
        }
    }

    // Disposes the images.
    private static Tensor Rows(Tensor images, int[] readable, int start)
    {
        using var all = images;
        using var rows = tensor(readable.Select(i => (long)(i - start)).ToArray());
        return all.index_select(0, rows);
    }
}
