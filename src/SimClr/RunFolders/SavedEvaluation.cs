using System.Text.Json;
using System.Text.Json.Nodes;
using SimClr.Evaluation;
using SimClr.IO;

namespace SimClr.RunFolders;

/// <summary>An evaluation report that <c>simclr evaluate</c> stored in a run's <c>evaluations/</c>.</summary>
/// <param name="File">The path of the file.</param>
/// <param name="Saved">The time of saving, UTC.</param>
/// <param name="Protocol">Its name in files and JSON.</param>
/// <param name="Data">The images, with the number in each part.</param>
/// <param name="Weights">The evaluated weights.</param>
/// <param name="Rows">The rows in the order of the report, the encoder's first.</param>
/// <param name="Confusion">The confusion matrix of the first row: [class][predicted class]; empty if the report has none.</param>
/// <param name="Classes">The names of the classes; empty if the report has none.</param>
public sealed record SavedEvaluation(
    string File, DateTimeOffset Saved, string Protocol, string Data, string Weights, IReadOnlyList<SavedEvaluationRow> Rows,
    IReadOnlyList<IReadOnlyList<long>> Confusion, IReadOnlyList<string> Classes)
{
    private const string Encoder = "encoder";

    private static readonly string[] Rivals = ["pixels", "untrained"];

    /// <summary>
    /// The encoder's top-1, in [0, 1]: the first row, which is the same in every report. The best row would be chosen on the test images.
    /// </summary>
    public double Top1 => Rows.First(row => row.Features == Encoder).Top1;

    /// <summary>The baselines with the same classifier, as far as they were evaluated: the pixels and the untrained encoder.</summary>
    public IReadOnlyList<SavedEvaluationRow> Baselines
    {
        get
        {
            var own = Rows.First(row => row.Features == Encoder);
            return [.. Rivals.SelectMany(name => Rows.Where(row => row.Features == name && row.Variant == own.Variant).Take(1))];
        }
    }

    /// <summary>The best baseline above the encoder; null if the encoder reaches all of them.</summary>
    public SavedEvaluationRow? Above => Baselines.Where(row => row.Top1 > Top1).MaxBy(row => row.Top1);

    /// <summary>The name of the protocol, for people.</summary>
    public string Name => Protocol == "knn" ? "kNN" : Protocol.Replace('-', ' ');

    /// <summary>The name of the data without the numbers.</summary>
    public string DataName => Data.LastIndexOf(" (", StringComparison.Ordinal) is > 0 and var end ? Data[..end] : Data;

    /// <summary>Reads a report.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="InvalidDataException">The file is not a report.</exception>
    public static SavedEvaluation Read(string file)
    {
        try
        {
            var report = JsonNode.Parse(TextFile.Read(file, 1 << 26)) as JsonObject;
            var rows = (report?["rows"] as JsonArray)?.OfType<JsonObject>().ToList() ?? [];
            if (!rows.Any(row => (string?)row["features"] == Encoder)) throw new JsonException("It has no figure of the encoder.");
            var first = rows[0];
            return new SavedEvaluation(
                file, System.IO.File.GetLastWriteTimeUtc(file),
                (string?)report!["protocol"] ?? Path.GetFileNameWithoutExtension(file),
                (string?)report["data"] ?? "unknown images", (string?)report["weights"] ?? "unknown weights",
                [.. rows.Select(SavedEvaluationRow.Of)],
                first["confusion"] is JsonArray matrix ? [.. matrix.Select(
                    row => (IReadOnlyList<long>)[.. row!.AsArray().Select(n => (long)n!)])] : [],
                first["per_class"] is JsonObject classes ? [.. classes.Select(c => c.Key)] : []);
        }
        // ArgumentException: a duplicate key
        catch (Exception e)
            when (e is JsonException or InvalidOperationException or FormatException or NullReferenceException or ArgumentException)
        {
            throw new InvalidDataException($"{file} is not a report of simclr evaluate. Evaluate again to replace it.", e);
        }
    }

    // Of the images; a name and a number may be those of others.
    private static readonly string[] Hashes = ["train_sha256", "test_sha256"];

    /// <summary>Whether a report may be written to this file: it does not exist, has the same protocol and images, or is damaged.</summary>
    /// <param name="file">The path of a report.</param>
    /// <param name="report">The new report.</param>
    public static bool MayReplace(string file, EvaluationReport report)
    {
        if (!System.IO.File.Exists(file)) return true;
        try
        {
            var there = Read(file);
            var audit = JsonNode.Parse(TextFile.Read(file, 1 << 26))!["audit"];
            return there.Protocol == report.Protocol && there.Data == report.Data
                && Hashes.All(key => audit?[key] is not { } hash || report.Audit[key] is not { } other || JsonNode.DeepEquals(hash, other));
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }
}
