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

/// <summary>Clusters of images, and their agreement with the labels, if there are any.</summary>
internal sealed class ClusterOutput(EmbeddedImages embedded, KMeansResult result) : TableOutput
{
    private const int SheetImages = 32, SheetColumns = 8;

    private readonly ImageList images = embedded.Images;
    private readonly IReadOnlyList<ClusterSummary> clusters = ClusterSummary.Of(result, row =>
        embedded.Images.ClassOf(embedded.Indices[row]));

    private readonly ClusterAgreement? agreement =
        embedded.Labels() is var labels && labels.Any(label => label >= 0) ? ClusterAgreement.Of(result.Clusters, labels) : null;

    private int Digits => (clusters.Count - 1).ToString(CultureInfo.InvariantCulture).Length;

    protected override string Title =>
        $"{clusters.Count} clusters of {embedded.Indices.Count} {embedded.Unit} of {images.Data.Name}"
        + (agreement is null ? "" : string.Create(CultureInfo.InvariantCulture,
            $"; purity {agreement.Purity:f4}, NMI {agreement.NormalizedMutualInformation:f4}"))
        + (result.Converged ? "" : "; not converged within the allowed iterations");

    public override JsonObject ToJson()
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
        json["clusters"] = new JsonArray([.. clusters.Select((cluster, number) =>
        {
            var one = new JsonObject { ["cluster"] = number, ["images"] = cluster.Rows.Count,
                ["mean_cosine"] = cluster.MeanCosine, ["nearest"] = Nearest(cluster) };
            if (cluster.Class is { } most) (one["class"], one["share"]) = (most, cluster.ClassShare);
            return one;
        })]);
        return json;
    }

    protected override Table ToTable()
    {
        string[] columns = [".cluster", ".images", ".mean cosine",
            .. agreement is null ? (string[])[] : ["most frequent class", ".share %"], "nearest to the centre"];
        var table = NewTable(columns);
        foreach (var (number, cluster) in clusters.Index())
        {
            string[] labels = agreement is null ? []
                : [cluster.Class ?? "", cluster.Class is null ? "" : Percent.Of(cluster.ClassShare, 1)];
            string[] cells = [$"{number}", $"{cluster.Rows.Count}", Cosine(cluster.MeanCosine), .. labels, Nearest(cluster) ?? ""];
            table.AddRow([.. cells.Select(TableText.Of)]);
        }
        return table;
    }

    /// <summary>
    /// Writes <c>clusters.csv</c> and, if there are images, a contact sheet per non-empty cluster, the images nearest to its centre first.
    /// If writing fails, nothing remains.
    /// </summary>
    /// <param name="folder">An empty or missing folder.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Save(string folder)
    {
        try
        {
            Write(folder);
        }
        catch
        {
            // Otherwise the next attempt would find a non-empty folder.
            foreach (string file in Directory.Exists(folder) ? Directory.GetFiles(folder, "cluster*") : []) File.Delete(file);
            throw;
        }
    }

    private void Write(string folder)
    {
        ClusterTable.Write(Path.Combine(folder, "clusters.csv"), embedded, result);
        foreach (var (number, cluster) in clusters.Index().Where(cluster => embedded.HaveImages && cluster.Item.Rows.Count > 0))
        {
            string title = $"cluster {number}: {cluster.Rows.Count} images" +
                (cluster.Class is { } most ? $", {Percent.Of(cluster.ClassShare, 0)} % {most}" : "");
            var tiles = cluster.Rows.Take(SheetImages).Select(row =>
                ($"{Cosine(result.Cosines[row])[..5]}  {images.Caption(embedded.Indices[row])}",
                images.Data.Read(embedded.Indices[row]).ToRgb(embedded.Prepared))).ToList();
            ContactSheet.OfTiles(title, tiles, SheetColumns)
                .Save(Path.Combine(folder, $"cluster-{number.ToString($"d{Digits}", CultureInfo.InvariantCulture)}.png"));
        }
    }

    private string? Nearest(ClusterSummary cluster) => cluster.Rows.Count > 0 ? images.FileOf(embedded.Indices[cluster.Rows[0]]) : null;
}
