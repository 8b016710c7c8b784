using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SimClr.Cli.Output;
using Spectre.Console;

namespace SimClr.Cli.Runs;

/// <summary>The figures of one protocol, and what they were measured on and with: the record of an evaluation.</summary>
/// <param name="Protocol">As files and JSON call it.</param>
/// <param name="Title">As people call it.</param>
/// <param name="Data">The images, with how many of each part.</param>
/// <param name="Weights">Where the weights came from.</param>
/// <param name="Rows">The encoder first.</param>
internal sealed partial record EvaluationReport(string Protocol, string Title, string Data, string Weights, IReadOnlyList<EvaluationRow> Rows)
{
    /// <summary>The names of the classes.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>Every hyper-parameter, fixed before the test images were looked at.</summary>
    public JsonObject Parameters { get; init; } = [];

    /// <summary>What was checked, and the hashes of weights and images.</summary>
    public JsonObject Audit { get; init; } = [];

    /// <summary>The record.</summary>
    public JsonObject ToJson()
    {
        var rows = new JsonArray();
        foreach (var row in Rows) rows.Add(row.ToJson(row == Rows[0] ? Classes : [], confusion: row == Rows[0]));
        return new JsonObject
        {
            ["protocol"] = Protocol,
            ["data"] = Data,
            ["weights"] = Weights,
            ["parameters"] = Parameters.DeepClone(),
            ["audit"] = Audit.DeepClone(),
            ["rows"] = rows,
        };
    }

    /// <summary>A record as text: indented, lists of numbers on one line.</summary>
    public static string Text(JsonNode json) =>
        Numbers().Replace(json.ToJsonString(Report.Indented), list => Spaces().Replace(list.Value, " ").Replace("[ ", "[", StringComparison.Ordinal).Replace(" ]", "]", StringComparison.Ordinal));

    public Table ToTable()
    {
        var table = new Table { Title = new TableTitle(Printable.Markup($"{Title}, {Data}")), Border = TableBorder.Simple };
        var keys = Rows.SelectMany(r => r.Parameters.Select(p => p.Key)).Distinct().ToList();
        bool variants = Rows.Any(r => r.Variant.Length > 0);
        table.AddColumn("features");
        if (variants) table.AddColumn("which");
        foreach (string name in (string[])[.. keys.Select(k => k.Replace('_', ' ')), "top-1 %", "top-5 %", "mean per class %"]) table.AddColumn(new TableColumn(name).RightAligned());
        foreach (var row in Rows)
        {
            var parameters = keys.Select(key => row.Parameters.FirstOrDefault(p => p.Key == key).Value is { } value ? Shown(value) : "");
            table.AddRow([row.Features, .. variants ? [row.Variant] : Array.Empty<string>(), .. parameters,
                row.Top1Text, EvaluationRow.Percent(row.Accuracy.Top5), EvaluationRow.Percent(row.Accuracy.MeanPerClass)]);
        }
        return table;
    }

    private static string Shown(JsonNode value) => value.GetValueKind() == System.Text.Json.JsonValueKind.Number
        ? double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture).ToString("g4", CultureInfo.InvariantCulture)
        : value.ToString();

    [GeneratedRegex(@"\[[\s\d,.eE+-]+\]")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
