using System.Numerics.Tensors;
using SimClr.Images;
using SimClr.Onnx;

namespace EmbeddingService;

/// <summary>
/// The vectors of a folder, in memory, searched exactly: good for 100,000 images. samples/SimilarImages.cs keeps an index on disk.
/// </summary>
internal sealed class ImageIndex
{
    private readonly List<(string File, ReadOnlyMemory<float> Vector)> images = [];

    public int Count => images.Count;

    /// <summary>Encodes all images of a folder; damaged ones are left out. Null: no images.</summary>
    public static async Task<ImageIndex> OfFolder(string? folder, ImageEmbedder embedder)
    {
        var index = new ImageIndex();
        if (folder is null) return index;
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => ImageDecoder.Extensions.Contains(Path.GetExtension(file).ToLowerInvariant())).Order(StringComparer.Ordinal);
        await foreach (var image in embedder.EmbedAsync(files))
        {
            if (image.Error is null) index.images.Add((Path.GetRelativePath(folder, image.Name), image.Vector));
        }
        return index;
    }

    /// <summary>The most similar images, by the cosine.</summary>
    public IReadOnlyList<Similar> Nearest(ReadOnlySpan<float> vector, int count)
    {
        var best = new PriorityQueue<int, float>();
        for (int i = 0; i < images.Count; i++)
        {
            best.Enqueue(i, TensorPrimitives.CosineSimilarity(vector, images[i].Vector.Span));
            if (best.Count > count) best.Dequeue();
        }
        return [.. best.UnorderedItems.OrderByDescending(entry => entry.Priority)
            .Select(entry => new Similar(images[entry.Element].File, entry.Priority))];
    }
}
