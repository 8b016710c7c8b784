using System.Globalization;
using System.Text.Json.Nodes;
using SimClr.Cli.Drawing;
using SimClr.Cli.Output;
using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.Export;
using SimClr.IO;
using Spectre.Console;

namespace SimClr.Cli.Commands;

/// <summary>Images in clusters, and how well the clusters agree with the labels where there are any.</summary>
internal sealed class ClusterReport(EmbeddedImages embedded, KMeansResult result) : CommandOutput
{
    private const int SheetImages = 32, SheetColumns = 8;

    private readonly ImageList images = embedded.Images;

    // The rows of each cluster, the nearest to its centre first.
    private readonly List<int>[] members = [.. Enumerable.Range(0, (int)result.Centres.shape[0]).Select(cluster =>
        Enumerable.Range(0, result.Clusters.Count).Where(row => result.Clusters[row] == cluster).OrderByDescending(row => result.Cosines[row]).ToList())];

    private readonly ClusterAgreement? agreement =
        embedded.Indices.Any(index => embedded.Images.ClassOf(index) is not null)
            ? ClusterAgreement.Of(result.Clusters, [.. embedded.Indices.Select(embedded.Images.Data.Label)])
            : null;

    private int Digits => (members.Length - 1).ToString(CultureInfo.InvariantCulture).Length;

    protected override string Title =>
        $"{members.Length} clusters of {embedded.Indices.Count} images of {images.Data.Name}"
        + (agreement is null ? "" : string.Create(CultureInfo.InvariantCulture, $"; purity {agreement.Purity:f4}, NMI {agreement.NormalizedMutualInformation:f4}"))
        + (result.Converged ? "" : "; not converged, the iterations were used up");

    protected override JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["data"] = images.Data.Name,
            ["weights"] = embedded.Weights,
            ["images"] = embedded.Indices.Count,
            ["inertia"] = result.Inertia[^1],
            ["iterations"] = result.Inertia.Count - 1,
            ["converged"] = result.Converged,
        };
        if (agreement is not null) (json["purity"], json["nmi"]) = (agreement.Purity, agreement.NormalizedMutualInformation);
        json["clusters"] = new JsonArray([.. members.Select((rows, cluster) =>
        {
            var one = new JsonObject { ["cluster"] = cluster, ["images"] = rows.Count, ["mean_cosine"] = MeanCosine(rows), ["nearest"] = rows.Count > 0 ? images.FileOf(embedded.Indices[rows[0]]) : null };
            if (MostFrequent(rows) is { } most) (one["class"], one["share"]) = (most.Class, most.Share);
            return one;
        })]);
        return json;
    }

    protected override Table ToTable()
    {
        string[] columns = [".cluster", ".images", ".mean cosine", .. agreement is null ? (string[])[] : ["most frequent class", ".share %"], "nearest to the centre"];
        var table = NewTable(columns);
        foreach (var (cluster, rows) in members.Index())
        {
            var most = MostFrequent(rows);
            string[] labels = agreement is null ? [] : [most?.Class ?? "", most is null ? "" : Percent.Of(most.Value.Share, 1)];
            string nearest = rows.Count > 0 ? images.FileOf(embedded.Indices[rows[0]]) : "";
            table.AddRow([.. ((string[])[$"{cluster}", $"{rows.Count}", Cosine(MeanCosine(rows)), .. labels, nearest]).Select(TableText.Of)]);
        }
        return table;
    }

    /// <summary>Writes <c>clusters.csv</c> and a contact sheet of each cluster that has images, those nearest to its centre first: all of it or, where that fails, nothing.</summary>
    /// <param name="folder">Empty, or not there yet.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Save(string folder)
    {
        try
        {
            Write(folder);
        }
        catch
        {
            // Else the next try would find a folder that is not empty.
            foreach (string file in Directory.Exists(folder) ? Directory.GetFiles(folder, "cluster*") : []) File.Delete(file);
            throw;
        }
    }

    private void Write(string folder)
    {
        AtomicFile.Write(Path.Combine(folder, "clusters.csv"), WriteTable);
        foreach (var (cluster, rows) in members.Index().Where(cluster => cluster.Item.Count > 0))
        {
            string title = $"cluster {cluster}: {rows.Count} images" + (MostFrequent(rows) is { } most ? $", {Percent.Of(most.Share, 0)} % {most.Class}" : "");
            var tiles = rows.Take(SheetImages).Select(row => ($"{Cosine(result.Cosines[row])[..5]}  {images.Caption(embedded.Indices[row])}", images.Data.Read(embedded.Indices[row]))).ToList();
            ContactSheet.OfTiles(title, tiles, SheetColumns).Save(Path.Combine(folder, $"cluster-{cluster.ToString($"d{Digits}", CultureInfo.InvariantCulture)}.png"));
        }
    }

    private void WriteTable(Stream file)
    {
        using var csv = new CsvWriter(file);
        csv.Text("row").Text("file").Text("label").Text("class").Text("cluster").Text("cosine").EndLine();
        foreach (var (row, index) in embedded.Indices.Index())
        {
            csv.Number(index).Text(images.FileOf(index));
            _ = images.Data.Label(index) is >= 0 and var label ? csv.Number(label) : csv.Text("");
            csv.Text(images.ClassOf(index) ?? "").Number(result.Clusters[row]).Number(result.Cosines[row]).EndLine();
        }
    }

    private double MeanCosine(List<int> rows) => rows.Count == 0 ? 0 : rows.Average(row => (double)result.Cosines[row]);

    private (string Class, double Share)? MostFrequent(List<int> rows)
    {
        var classes = rows.Select(row => images.ClassOf(embedded.Indices[row])).OfType<string>().CountBy(name => name).ToList();
        if (classes.Count == 0) return null;
        var most = classes.MaxBy(name => name.Value);
        return (most.Key, (double)most.Value / classes.Sum(name => name.Value));
    }
}
