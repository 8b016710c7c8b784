using System.Globalization;
using System.Text.Json.Nodes;
using SimClr.Cli.Drawing;
using SimClr.Cli.Output;
using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.Export;
using SimClr.Images;
using Spectre.Console;

namespace SimClr.Cli.Commands;

/// <summary>Near-duplicates: all counted, the most similar listed.</summary>
internal sealed class DuplicateReport : CommandOutput
{
    public const double DefaultThreshold = 0.995;

    private const int SheetPairs = 30, SheetColumns = 5;

    private readonly EmbeddedImages embedded;
    private readonly ImageList images;
    private readonly double threshold;
    private readonly SortedDictionary<string, long> counts = new(StringComparer.Ordinal); // by where the two images are
    private readonly int[] groupOf; // row → a row of its group; its own where it is the group's root
    private readonly List<SimilarPair> listed;

    /// <summary>Looks at all pairs. Memory grows with the images and with the pairs listed, not with the pairs found.</summary>
    /// <param name="embedded">Where to look; borrowed.</param>
    /// <param name="threshold">The least cosine.</param>
    /// <param name="most">Pairs listed at most.</param>
    /// <param name="terminal">Shown progress.</param>
    public DuplicateReport(EmbeddedImages embedded, double threshold, int most, Terminal terminal)
    {
        (this.embedded, this.threshold, images) = (embedded, threshold, embedded.Images);
        groupOf = [.. Enumerable.Range(0, embedded.Indices.Count)];
        var nearest = new PriorityQueue<SimilarPair, (float, int, int)>(); // the least similar first: it is the one to give way
        _ = terminal.Progress("images compared", groupOf.Length, report =>
        {
            foreach (var pair in NearDuplicates.Pairs(embedded.Values, threshold))
            {
                string place = Place(pair);
                counts[place] = counts.GetValueOrDefault(place) + 1;
                groupOf[Root(pair.Second)] = Root(pair.First);
                var rank = (pair.Cosine, -pair.First, -pair.Second);
                if (nearest.Count < most) nearest.Enqueue(pair, rank);
                else _ = nearest.EnqueueDequeue(pair, rank);
                report(pair.First, "");
            }
            report(groupOf.Length, "");
            return 0;
        });
        listed = [.. nearest.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => item.Element)];
    }

    private long Pairs => counts.Values.Sum();

    // An image that has a duplicate before it: without these, each group has one image left.
    private int Redundant => groupOf.Index().Count(row => row.Item != row.Index);

    private int Groups => Enumerable.Range(0, groupOf.Length).Where(row => groupOf[row] != row).Select(Root).Distinct().Count();

    protected override JsonObject ToJson() => new()
    {
        ["data"] = images.Data.Name,
        ["weights"] = embedded.Weights,
        ["threshold"] = threshold,
        ["compared"] = groupOf.Length,
        ["pairs"] = Pairs,
        ["pairs_by_part"] = new JsonObject(counts.Select(count => KeyValuePair.Create(count.Key.Replace(" – ", "_", StringComparison.Ordinal).Replace(' ', '_'), (JsonNode?)count.Value))),
        ["groups"] = Groups,
        ["redundant"] = Redundant,
        ["listed"] = new JsonArray([.. listed.Select(pair => new JsonObject
        {
            ["cosine"] = pair.Cosine,
            ["first"] = Described(pair.First),
            ["second"] = Described(pair.Second),
        })]),
    };

    protected override Table ToTable()
    {
        var table = NewTable(".cosine", "parts", "class", "file", "class", "file");
        foreach (var pair in listed)
        {
            var (first, second) = (embedded.Indices[pair.First], embedded.Indices[pair.Second]);
            string[] cells = [Cosine(pair.Cosine), Place(pair), images.ClassOf(first) ?? "", images.FileOf(first), images.ClassOf(second) ?? "", images.FileOf(second)];
            table.AddRow([.. cells.Select(TableText.Of)]);
        }
        return table;
    }

    /// <summary>Draws the most similar pairs; nothing where there is none.</summary>
    public void SaveSheet(string path)
    {
        if (listed.Count == 0) return;
        var tiles = listed.Take(SheetPairs).SelectMany((pair, rank) => ((string, DecodedImage)[])
        [
            ($"{rank + 1}  {Cosine(pair.Cosine)}", images.Data.Read(embedded.Indices[pair.First])),
            (Place(pair), images.Data.Read(embedded.Indices[pair.Second])),
        ]).ToList();
        ContactSheet.OfTiles($"near-duplicates of {images.Data.Name}, cosine ≥ {Threshold}", tiles, columns: SheetColumns, perGroup: 2).Save(path);
    }

    private string Threshold => threshold.ToString(CultureInfo.InvariantCulture);

    protected override string Title =>
        $"{Pairs} near-duplicate pairs of cosine ≥ {Threshold} among {groupOf.Length} images of {images.Data.Name}"
        + (Pairs == 0 ? "" : $": {string.Join(", ", counts.Select(count => $"{count.Value} {count.Key}"))}; {Redundant} images could go")
        + (listed.Count < Pairs ? $"; the {listed.Count} most similar:" : "");

    private string Place(SimilarPair pair) => Place(embedded.Indices[pair.First], embedded.Indices[pair.Second]);

    // train – test, whichever comes first.
    private string Place(int first, int second) =>
        images.PartOf(first) == images.PartOf(second) ? $"within {images.PartOf(first)}" : "train – test";

    private JsonObject Described(int row)
    {
        int index = embedded.Indices[row];
        var image = Image(images, index);
        image["part"] = images.PartOf(index);
        return image;
    }

    // Halves the way on its way.
    private int Root(int row)
    {
        while (groupOf[row] != row) row = groupOf[row] = groupOf[groupOf[row]];
        return row;
    }
}
