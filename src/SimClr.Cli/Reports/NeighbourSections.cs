using System.Globalization;
using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.Randomness;

namespace SimClr.Cli.Reports;

/// <summary>Images beside those that the encoder finds most like them.</summary>
internal static class NeighbourSections
{
    private const uint ChoicePurpose = 8;
    private const int Shown = 6, EachKind = 6;

    /// <summary>Nearest neighbours of some images: half of them taken for what they are, half not, of different classes as far as there are. Without labels any.</summary>
    public static PictureSection Nearest(ReportImages images, long[]? predictions, long seed, Sprite gallery, string sprite)
    {
        var data = images.Shown;
        int[] order = [.. Enumerable.Range(0, data.Count)];
        CounterRandom.For(seed, ChoicePurpose, 0).Draw(order, order.Length);
        int[] queries = predictions is null
            ? order[..Math.Min(order.Length, EachKind)]
            : [.. Some(order.Where(i => predictions[i] == data.Label(i)), data), .. Some(order.Where(i => predictions[i] != data.Label(i)), data)];

        using var scope = TorchSharp.torch.NewDisposeScope();
        using var neighbours = new NearestNeighbours(images.ReferenceFeatures.Values);
        var values = images.ShownFeatures.Values.index_select(0, TorchSharp.torch.tensor(Array.ConvertAll(queries, q => (long)q)));
        int k = images.IsLabelled ? Shown : Shown + 1; // among themselves, the nearest is the image itself
        var (cosines, rows) = neighbours.Find(values, k);
        var (near, cosine) = (rows.data<long>().ToArray(), cosines.data<float>().ToArray());
        k = (int)rows.shape[1];
        return new PictureSection(
            "neighbours", sprite, $"The first image of a row is {(images.IsLabelled ? "a test image, the others the training images" : "the one asked for, the others those")} nearest to it, by the cosine of h.",
            [.. queries.Select((query, i) => new PictureRow(
                predictions is null ? ReportImages.Caption(data, query) : Taken(data, query, predictions[query]),
                [
                    new PictureData(gallery.Add(data.Read(query)), ReportImages.Caption(data, query)),
                    .. Enumerable.Range(i * k, k).Where(n => images.IsLabelled || near[n] != query).Take(Shown).Select(n => Neighbour(images, gallery, query, (int)near[n], cosine[n])),
                ],
                predictions is null ? null : predictions[query] == data.Label(query) ? "right" : "wrong"))]);
    }

    /// <summary>The pairs of different images with the highest cosine.</summary>
    public static PictureSection MostAlike(ReportImages images, int count, Sprite gallery, string sprite)
    {
        var data = images.Shown;
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var neighbours = new NearestNeighbours(images.ShownFeatures.Values);
        var (cosines, rows) = neighbours.Find(images.ShownFeatures.Values, 3); // of equal images the other one may come first
        var (near, cosine) = (rows.data<long>().ToArray(), cosines.data<float>().ToArray());
        int k = (int)rows.shape[1];
        var pairs = Enumerable.Range(0, near.Length)
            .Where(n => near[n] != n / k)
            .Select(n => (First: (int)Math.Min(n / k, near[n]), Second: (int)Math.Max(n / k, near[n]), Cosine: cosine[n]))
            .DistinctBy(p => (p.First, p.Second)).OrderByDescending(p => p.Cosine).ThenBy(p => p.First).Take(count);
        return new PictureSection("alike", sprite, $"The pairs of highest cosine among {data.Count} images: near-duplicates come first, where there are some.",
            [.. pairs.Select(p => new PictureRow(Cosine(p.Cosine), [Tile(p.First), Tile(p.Second)]))]);

        PictureData Tile(int i) => new(gallery.Add(data.Read(i)), ReportImages.Caption(data, i));
    }

    private static PictureData Neighbour(ReportImages images, Sprite gallery, int query, int row, float cosine) => new(
        gallery.Add(images.Reference.Read(row)),
        images.IsLabelled ? $"{ReportImages.Caption(images.Reference, row)}\n{Cosine(cosine)}" : Cosine(cosine),
        !images.IsLabelled ? null : images.Reference.Label(row) == images.Shown.Label(query) ? "right" : "wrong");

    private static string Taken(IImageDataset data, int index, long predicted) =>
        predicted == data.Label(index) ? data.Classes[(int)predicted] : $"{data.Classes[data.Label(index)]}, taken for {data.Classes[(int)predicted]}";

    // One of each class first, then others.
    private static IEnumerable<int> Some(IEnumerable<int> order, IImageDataset data)
    {
        int[] all = [.. order];
        int[] first = [.. all.DistinctBy(data.Label)];
        return first.Concat(all.Except(first)).Take(EachKind);
    }

    private static string Cosine(float value) => value.ToString("f3", CultureInfo.InvariantCulture);
}
