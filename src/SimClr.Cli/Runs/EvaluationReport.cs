using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SimClr.Evaluation;
using Spectre.Console;

namespace SimClr.Cli.Runs;

/// <summary>One protocol's figures on one set of features.</summary>
/// <param name="Features"><c>encoder</c>, <c>projection</c>, <c>untrained</c> or <c>pixels</c>.</param>
/// <param name="Accuracy">On the test images.</param>
/// <param name="K">Neighbours, of kNN.</param>
/// <param name="Weighted">Whether they vote by their cosine, of kNN.</param>
/// <param name="L2">The regularisation that was chosen, of the linear classifier.</param>
internal sealed record EvaluationRow(string Features, Accuracy Accuracy, int? K = null, bool? Weighted = null, double? L2 = null);

/// <summary>The figures of one protocol.</summary>
/// <param name="Protocol">Which.</param>
/// <param name="Data">The images, with how many of each part.</param>
/// <param name="Weights">Where the weights came from.</param>
/// <param name="Rows">The encoder first.</param>
internal sealed record EvaluationReport(EvaluationProtocol Protocol, string Data, string Weights, IReadOnlyList<EvaluationRow> Rows)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>As files and JSON call it.</summary>
    public string ProtocolName => Protocol.ToString().ToLowerInvariant();

    public string ToJson()
    {
        var rows = new JsonArray();
        foreach (var row in Rows)
        {
            var json = new JsonObject { ["features"] = row.Features, ["top1"] = row.Accuracy.Top1, ["top5"] = row.Accuracy.Top5, ["mean_per_class"] = row.Accuracy.MeanPerClass };
            if (row.K is { } k) json["k"] = k;
            if (row.Weighted is { } weighted) json["weighted"] = weighted;
            if (row.L2 is { } l2) json["l2"] = l2;
            rows.Add(json);
        }
        return new JsonObject { ["protocol"] = ProtocolName, ["data"] = Data, ["weights"] = Weights, ["rows"] = rows }.ToJsonString(Indented);
    }

    public Table ToTable()
    {
        var table = new Table { Title = new TableTitle($"{(Protocol == EvaluationProtocol.Knn ? "k nearest neighbours" : "linear classifier")}, {Data}".EscapeMarkup()), Border = TableBorder.Simple };
        table.AddColumn("features");
        if (Protocol == EvaluationProtocol.Knn)
        {
            table.AddColumn(new TableColumn("k").RightAligned());
            table.AddColumn("votes");
        }
        foreach (string name in (string[])["top-1 %", "top-5 %", "mean per class %"]) table.AddColumn(new TableColumn(name).RightAligned());
        foreach (var row in Rows)
        {
            string[] knn = row.K is null ? [] : [$"{row.K}", row.Weighted == true ? "weighted" : "equal"];
            table.AddRow([row.Features, .. knn, Percent(row.Accuracy.Top1), Percent(row.Accuracy.Top5), Percent(row.Accuracy.MeanPerClass)]);
        }
        return table;
    }

    private static string Percent(double share) => (100 * share).ToString("f2", CultureInfo.InvariantCulture);
}
