using System.Globalization;
using SimClr.Images;
using SimClr.Protocols;

namespace SimClr.Cli.Reports;

/// <summary>The map of the embeddings, and the images whose views are hardest to match.</summary>
internal static class MapSections
{
    private const int MaxTile = 48;

    /// <summary>The map; null if there are too few images.</summary>
    /// <param name="map">The map.</param>
    /// <param name="sample">The map's sample.</param>
    /// <param name="predictions">The predicted class of each shown image; null without labels.</param>
    /// <param name="prepared">The preprocessing of the encoder's input.</param>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="sprite">Receives the thumbnails.</param>
    public static MapData? Map(EmbeddingMap map, SampleEvaluation sample, IReadOnlyList<long>? predictions,
        Preprocessing prepared, long seed, out SpriteData? sprite)
    {
        sprite = null;
        if (map.Points is not { } points) return null;
        var (images, count) = (map.Images, map.Rows.Count);
        var tiles = new Sprite(Math.Clamp(prepared.ImageSize, 8, MaxTile), prepared);
        for (int i = 0; i < count; i++) tiles.Add(images.Read(i));
        sprite = tiles.ToData();
        return new MapData
        {
            X = [.. points.X.Select(v => MathF.Round(v, 2))],
            Y = [.. points.Y.Select(v => MathF.Round(v, 2))],
            Names = [.. Enumerable.Range(0, count).Select(images.Describe)],
            Classes = sample.IsLabelled ? sample.Shown.Classes : [],
            Label = sample.IsLabelled ? [.. Enumerable.Range(0, count).Select(i => (long)images.Label(i))] : null,
            Predicted = predictions is null ? null : [.. map.Rows.Select(r => predictions[r])],
            Cluster = map.Clusters,
            Loss = [.. map.Losses.Select(l => Math.Round(l, 3))],
            Note = string.Create(CultureInfo.InvariantCulture,
                $"t-SNE of h, {count} {(sample.IsLabelled ? "test images" : "images")}, perplexity {map.Perplexity:g3}, by cosine, seed " +
                    $"{seed}; KL divergence {points.Divergence[^1]:f2} nats. Clusters: spherical k-means, k = {map.ClusterCount}. " +
                    $"Near points are similar. Large distances and the axes have no meaning."),
        };
    }

    /// <summary>The images whose two views are hardest to match.</summary>
    public static PictureSection Hardest(EmbeddingMap map, int count, Sprite gallery, string sprite) => new(
        "hardest", sprite,
        string.Create(CultureInfo.InvariantCulture, $"NT-Xent of an image in nats: the mean over {EmbeddingMap.PairsOfViews} " +
            $"pairs of views among those of {map.Rows.Count} images, where the mean is {map.Losses.Average():f2}."),
        [new PictureRow("", [.. Enumerable.Range(0, map.Rows.Count).OrderByDescending(i => map.Losses[i]).Take(count)
            .Select(i => new PictureData(gallery.Add(map.Images.Read(i)),
                string.Create(CultureInfo.InvariantCulture, $"{Caption.Of(map.Images, i)}\n{map.Losses[i]:f2} nats")))])]);
}
