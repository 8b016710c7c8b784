using System.Text.Json.Nodes;
using SimClr.Cli.Drawing;
using SimClr.Cli.Output;
using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.Export;
using SimClr.Images;
using Spectre.Console;
using static TorchSharp.torch;

namespace SimClr.Cli.Commands;

/// <summary>The images nearest to one.</summary>
internal sealed class SearchReport : CommandOutput
{
    private readonly EmbeddedImages embedded;
    private readonly ImageList images;
    private readonly int? query;
    private readonly string file;
    private readonly IReadOnlyList<(int Index, float Cosine)> found;

    /// <summary>Looks for the k nearest images; an image is not its own neighbour.</summary>
    /// <param name="embedded">Where to look; borrowed.</param>
    /// <param name="query">Which of the images; null for one from a file.</param>
    /// <param name="file">The file, where it is one.</param>
    /// <param name="encoded">(1, D): the file's representation; borrowed.</param>
    /// <param name="k">At least 1.</param>
    public SearchReport(EmbeddedImages embedded, int? query, string file, Tensor? encoded, int k)
    {
        (this.embedded, this.query, this.file, images) = (embedded, query, file, embedded.Images);
        using var scope = NewDisposeScope();
        k = (int)Math.Min(k, embedded.Values.shape[0]);
        int? own = query is { } index ? embedded.RowOf(index) : null;
        using var neighbours = new NearestNeighbours(embedded.Values);
        var (cosines, rows) = neighbours.Find(own is { } row ? embedded.Values.narrow(0, row, 1) : encoded!, own is null ? k : k + 1);
        found = [.. rows.data<long>().ToArray().Zip(cosines.data<float>().ToArray())
            .Where(n => n.First != own).Take(k).Select(n => (embedded.Indices[(int)n.First], n.Second))];
    }

    private string QueryName => query is { } index ? images.FileOf(index) : file;

    protected override string Title => $"nearest to {QueryName}, of {embedded.Indices.Count} images of {images.Data.Name}";

    protected override JsonObject ToJson() => new()
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
            table.AddRow($"{rank + 1}", Cosine(cosine), $"{index}", TableText.Of(images.ClassOf(index) ?? ""), TableText.Of(images.FileOf(index)));
        return table;
    }

    /// <summary>Draws the query and what was found.</summary>
    public void SaveSheet(string path)
    {
        var first = ("query", query is { } index ? images.Data.Read(index) : ImageDecoder.Read(file));
        IEnumerable<(string, DecodedImage)> others = found.Select((n, rank) => ($"{rank + 1}  {Cosine(n.Cosine)[..5]}  {images.Caption(n.Index)}", images.Data.Read(n.Index)));
        ContactSheet.OfTiles($"nearest to {QueryName}", [first, .. others], columns: 7).Save(path);
    }
}
