using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SimClr.IO;

namespace SimClr.Evaluation;

/// <summary>The figures of one protocol, and what they were measured on and with: the record of an evaluation.</summary>
/// <param name="Protocol">As files and JSON call it.</param>
/// <param name="Title">As people call it.</param>
/// <param name="Data">The images, with how many of each part.</param>
/// <param name="Weights">Where the weights came from.</param>
/// <param name="Rows">The encoder first.</param>
public sealed partial record EvaluationReport(string Protocol, string Title, string Data, string Weights, IReadOnlyList<EvaluationRow> Rows)
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
        Numbers().Replace(json.ToJsonString(JsonText.Indented), list => Spaces().Replace(list.Value, " ").Replace("[ ", "[", StringComparison.Ordinal).Replace(" ]", "]", StringComparison.Ordinal));

    /// <summary>Writes the record to a file, atomically.</summary>
    /// <param name="path">The file; a missing folder is created.</param>
    /// <exception cref="IOException">The disk is full or fails; the file from before is as it was.</exception>
    public void Save(string path) => AtomicFile.Write(path, Text(ToJson()) + "\n");

    [GeneratedRegex(@"\[[\s\d,.eE+-]+\]")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
