using System.Globalization;
using SimClr.Datasets;
using SimClr.Protocols;

namespace SimClr.Cli.Reports;

/// <summary>Images beside the images that the encoder finds most similar.</summary>
internal static class NeighbourSections
{
    private const int Shown = 6, EachKind = 6;

    /// <summary>
    /// The nearest neighbours of some images: half of them predicted correctly, half wrongly. Without labels, of any images.
    /// </summary>
    public static PictureSection Nearest(SampleEvaluation sample, IReadOnlyList<long>? predictions, Sprite gallery, string sprite) => new(
        "neighbours", sprite, $"The first image of a row is " +
            $"{(sample.IsLabelled ? "a test image, the others are the training images" : "the query, the others are the images")} " +
            $"nearest to it, by the cosine of h.",
        [.. sample.Nearest(predictions, EachKind, Shown).Select(query => Row(sample, query, predictions, gallery))]);

    /// <summary>The pairs of different images with the highest cosine.</summary>
    public static PictureSection MostAlike(SampleEvaluation sample, int count, Sprite gallery, string sprite)
    {
        var data = sample.Shown;
        return new PictureSection("alike", sprite, $"The pairs with the highest cosine among {data.Count} images. " +
            $"Near-duplicates come first.",
            [.. sample.MostSimilar(count).Select(p => new PictureRow(Cosine(p.Cosine), [Tile(p.First), Tile(p.Second)]))]);

        PictureData Tile(int i) => new(gallery.Add(data.Read(i)), Caption.Of(data, i));
    }

    private static PictureRow Row(SampleEvaluation sample, QueryNeighbours query, IReadOnlyList<long>? predictions, Sprite gallery)
    {
        var (data, index) = (sample.Shown, query.Query);
        return new PictureRow(
            predictions is null ? Caption.Of(data, index) : Predicted(data, index, predictions[index]),
            [
                new PictureData(gallery.Add(data.Read(index)), Caption.Of(data, index)),
                .. query.Neighbours.Select(n => Neighbour(sample, gallery, index, n.Index, n.Cosine)),
            ],
            predictions is null ? null : predictions[index] == data.Label(index) ? "right" : "wrong");
    }

    private static PictureData Neighbour(SampleEvaluation sample, Sprite gallery, int query, int row, float cosine) => new(
        gallery.Add(sample.Reference.Read(row)),
        sample.IsLabelled ? $"{Caption.Of(sample.Reference, row)}\n{Cosine(cosine)}" : Cosine(cosine),
        !sample.IsLabelled ? null : sample.Reference.Label(row) == sample.Shown.Label(query) ? "right" : "wrong");

    private static string Predicted(IImageDataset data, int index, long predicted) =>
        predicted == data.Label(index) ? data.Classes[(int)predicted] : $"{data.Classes[data.Label(index)]}, " +
            $"predicted {data.Classes[(int)predicted]}";

    private static string Cosine(float value) => value.ToString("f3", CultureInfo.InvariantCulture);
}
