using System.Text.Json.Nodes;
using SimClr.Cli.Drawing;
using SimClr.Cli.Output;
using SimClr.Datasets;
using SimClr.Export;
using SimClr.Images;
using Spectre.Console;

namespace SimClr.Cli.Commands;

/// <summary>The images nearest to a query.</summary>
/// <param name="embedded">The searched images; borrowed.</param>
/// <param name="query">The row of the query; null if the query is a file outside the data.</param>
/// <param name="file">The query's file, if it is one.</param>
/// <param name="found">The results, nearest first.</param>
internal sealed class SearchOutput(EmbeddedImages embedded, int? query, string file, IReadOnlyList<SimilarImage> found) : TableOutput
{
    private readonly ImageList images = embedded.Images;

    private string QueryName => query is { } index ? images.FileOf(index) : file;

    protected override string Title => $"nearest to {QueryName}, of {embedded.Indices.Count} {embedded.Unit} of {images.Data.Name}";

    public override JsonObject ToJson() => new()
    {
        ["query"] = query is { } index ? Image(images, index) : new JsonObject { ["file"] = file },
        ["data"] = images.Data.Name,
        ["weights"] = embedded.Weights,
        ["compared"] = embedded.Indices.Count,
        ["results"] = new JsonArray([.. found.Select((n, rank) =>
        {
            var image = Image(images, n.Index);
            (image["rank"], image["cosine"]) = (rank + 1, n.Cosine);
            return image;
        })]),
    };

    protected override Table ToTable()
    {
        var table = NewTable(".rank", ".cosine", ".index", "class", "file");
        foreach (var (rank, (index, cosine)) in found.Index())
            table.AddRow($"{rank + 1}", Cosine(cosine), $"{index}", TableText.Of(images.ClassOf(index) ?? ""),
                TableText.Of(images.FileOf(index)));
        return table;
    }

    /// <summary>Draws the query and the results.</summary>
    public void SaveSheet(string path)
    {
        var first = ("query", (query is { } index ? images.Data.Read(index) : ImageDecoder.Read(file)).ToRgb(embedded.Prepared));
        IEnumerable<(string, DecodedImage)> others = found.Select((n, rank) =>
            ($"{rank + 1}  {Cosine(n.Cosine)[..5]}  {images.Caption(n.Index)}", images.Data.Read(n.Index).ToRgb(embedded.Prepared)));
        ContactSheet.OfTiles($"nearest to {QueryName}", [first, .. others], columns: 7).Save(path);
    }
}
