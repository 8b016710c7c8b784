using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SimClr.IO;

namespace SimClr.Evaluation;

/// <summary>The record of an evaluation: the figures of one protocol, the data and the parameters.</summary>
/// <param name="Protocol">Its name in files and JSON.</param>
/// <param name="Title">Its name for people.</param>
/// <param name="Data">The images, with the number in each part.</param>
/// <param name="Weights">The source of the weights.</param>
/// <param name="Rows">The rows of the table, the encoder first.</param>
public sealed partial record EvaluationReport(string Protocol, string Title, string Data, string Weights, IReadOnlyList<EvaluationRow> Rows)
{
    /// <summary>The names of the classes.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>Every hyper-parameter. All are fixed before the test images are used.</summary>
    public JsonObject Parameters { get; init; } = [];

    /// <summary>The checks that were made, and the hashes of weights and images.</summary>
    public JsonObject Audit { get; init; } = [];

    /// <summary>The record as JSON.</summary>
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
    /// <param name="json">The record.</param>
    public static string Text(JsonNode json) =>
        Numbers().Replace(json.ToJsonString(JsonText.Indented), list =>
            Spaces().Replace(list.Value, " ").Replace("[ ", "[", StringComparison.Ordinal).Replace(" ]", "]", StringComparison.Ordinal));

    /// <summary>Writes the record to a file, atomically.</summary>
    /// <param name="path">The file; a missing folder is created.</param>
    /// <exception cref="IOException">The disk is full or fails. The old file is unchanged.</exception>
    public void Save(string path) => AtomicFile.Write(path, Text(ToJson()) + "\n");

    [GeneratedRegex(@"\[[\s\d,.eE+-]+\]")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
