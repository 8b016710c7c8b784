using System.Globalization;
using System.Text.Json.Nodes;
using SimClr.Evaluation;
using SimClr.IO;
using Spectre.Console;

namespace SimClr.Cli.Output;

/// <summary>The figures of an evaluation as a table.</summary>
internal static class EvaluationTable
{
    /// <summary>A row per classifier, in per cent.</summary>
    public static Table Of(EvaluationReport report)
    {
        var table = new Table { Title = new TableTitle(TableText.Of($"{report.Title}, {report.Data}")), Border = TableBorder.Simple };
        var keys = report.Rows.SelectMany(r => r.Parameters.Select(p => p.Key)).Distinct().ToList();
        bool variants = report.Rows.Any(r => r.Variant.Length > 0);
        table.AddColumn("features");
        if (variants) table.AddColumn("which");
        foreach (string name in (string[])[.. keys.Select(k => k.Replace('_', ' ')), "top-1 %", "top-5 %", "mean per class %"])
            table.AddColumn(new TableColumn(name).RightAligned());
        foreach (var row in report.Rows)
        {
            var parameters = keys.Select(key => row.Parameters.FirstOrDefault(p => p.Key == key).Value is { } value ? Shown(value) : "");
            table.AddRow([row.Features, .. variants ? [row.Variant] : Array.Empty<string>(), .. parameters,
                row.Top1Text, Percent.Of(row.Accuracy.Top5), Percent.Of(row.Accuracy.MeanPerClass)]);
        }
        return table;
    }

    private static string Shown(JsonNode value) => value.GetValueKind() == System.Text.Json.JsonValueKind.Number
        ? double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture).ToString("g4", CultureInfo.InvariantCulture)
        : value.ToString();
}
