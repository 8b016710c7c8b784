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

/// <summary>Near-duplicates: all are counted, the most similar are listed.</summary>
/// <param name="embedded">The images; borrowed.</param>
/// <param name="found">Their near-duplicates.</param>
internal sealed class DuplicatesOutput(EmbeddedImages embedded, DuplicateSummary found) : TableOutput
{
    private const int SheetPairs = 30, SheetColumns = 5;

    private readonly ImageList images = embedded.Images;

    /// <summary>The parts of the data that the pair belongs to: <c>within train</c>, <c>within test</c> or <c>train – test</c>.</summary>
    public static string PartsOf(EmbeddedImages embedded, SimilarPair pair)
    {
        var (first, second) = (embedded.Images.PartOf(embedded.Indices[pair.First]), embedded.Images.PartOf(embedded.Indices[pair.Second]));
        return first == second ? $"within {first}" : "train – test"; // in either order
    }

    public override JsonObject ToJson() => new()
    {
        ["data"] = images.Data.Name,
        ["weights"] = embedded.Weights,
        ["threshold"] = found.Threshold,
        ["compared"] = found.Compared,
        ["pairs"] = found.Pairs,
        ["pairs_by_part"] = new JsonObject(found.Counts.Select(count =>
            KeyValuePair.Create(count.Key.Replace(" – ", "_", StringComparison.Ordinal).Replace(' ', '_'), (JsonNode?)count.Value))),
        ["groups"] = found.Groups,
        ["redundant"] = found.Redundant,
        ["listed"] = new JsonArray([.. found.MostSimilar.Select(pair => new JsonObject
        {
            ["cosine"] = pair.Cosine,
            ["first"] = Described(pair.First),
            ["second"] = Described(pair.Second),
        })]),
    };

    protected override Table ToTable()
    {
        var table = NewTable(".cosine", "parts", "class", "file", "class", "file");
        foreach (var pair in found.MostSimilar)
        {
            var (first, second) = (embedded.Indices[pair.First], embedded.Indices[pair.Second]);
            string[] cells = [Cosine(pair.Cosine), PartsOf(embedded, pair),
                images.ClassOf(first) ?? "", images.FileOf(first), images.ClassOf(second) ?? "", images.FileOf(second)];
            table.AddRow([.. cells.Select(TableText.Of)]);
        }
        return table;
    }

    /// <summary>Draws the most similar pairs; draws nothing without pairs.</summary>
    public void SaveSheet(string path)
    {
        if (found.MostSimilar.Count == 0) return;
        var tiles = found.MostSimilar.Take(SheetPairs).SelectMany((pair, rank) => ((string, DecodedImage)[])
        [
            ($"{rank + 1}  {Cosine(pair.Cosine)}", images.Data.Read(embedded.Indices[pair.First]).ToRgb(embedded.Prepared)),
            (PartsOf(embedded, pair), images.Data.Read(embedded.Indices[pair.Second]).ToRgb(embedded.Prepared)),
        ]).ToList();
        ContactSheet.OfTiles($"near-duplicates of {images.Data.Name}, cosine ≥ {Threshold}",
            tiles, columns: SheetColumns, perGroup: 2).Save(path);
    }

    private string Threshold => found.Threshold.ToString(CultureInfo.InvariantCulture);

    protected override string Title =>
        $"{found.Pairs} near-duplicate pairs of cosine ≥ {Threshold} among {found.Compared} {embedded.Unit} of {images.Data.Name}"
        + (found.Pairs == 0 ? "" : $": {string.Join(", ", found.Counts.Select(count => $"{count.Value} {count.Key}"))}; " +
            $"{found.Redundant} {embedded.Unit} are redundant")
        + (found.MostSimilar.Count < found.Pairs ? $"; the {found.MostSimilar.Count} most similar:" : "");

    private JsonObject Described(int row)
    {
        int index = embedded.Indices[row];
        var image = Image(images, index);
        image["part"] = images.PartOf(index);
        return image;
    }
}
