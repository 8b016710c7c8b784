using System.Text.Json;
using System.Text.Json.Nodes;
using SimClr.Evaluation;
using SimClr.IO;

namespace SimClr.RunFolders;

/// <summary>An evaluation as <c>simclr evaluate</c> left it in a run's <c>evaluations/</c>.</summary>
/// <param name="File">Where it lies.</param>
/// <param name="Saved">When, UTC.</param>
/// <param name="Protocol">As files and JSON call it.</param>
/// <param name="Data">The images, with how many of each part.</param>
/// <param name="Weights">Those that were evaluated.</param>
/// <param name="Rows">In the report's order, the encoder's first.</param>
/// <param name="Confusion">Of the first row: [class][taken for]; empty where the report has none.</param>
/// <param name="Classes">The classes' names; empty where the report has none.</param>
public sealed record SavedEvaluation(
    string File, DateTimeOffset Saved, string Protocol, string Data, string Weights, IReadOnlyList<SavedEvaluationRow> Rows, IReadOnlyList<IReadOnlyList<long>> Confusion, IReadOnlyList<string> Classes)
{
    private const string Encoder = "encoder";

    private static readonly string[] Rivals = ["pixels", "untrained"];

    /// <summary>The encoder's top-1, in [0, 1]: the report's first row, which is the same in every report, not the best, which would be chosen on the test images.</summary>
    public double Top1 => Rows.First(row => row.Features == Encoder).Top1;

    /// <summary>What the encoder must beat, by the same classifier: the pixels and the untrained encoder, as far as they were evaluated.</summary>
    public IReadOnlyList<SavedEvaluationRow> Baselines
    {
        get
        {
            var own = Rows.First(row => row.Features == Encoder);
            return [.. Rivals.SelectMany(name => Rows.Where(row => row.Features == name && row.Variant == own.Variant).Take(1))];
        }
    }

    /// <summary>The best of the baselines that the encoder does not reach; null where it reaches them all.</summary>
    public SavedEvaluationRow? Above => Baselines.Where(row => row.Top1 > Top1).MaxBy(row => row.Top1);

    /// <summary>The protocol as people call it.</summary>
    public string Name => Protocol == "knn" ? "kNN" : Protocol.Replace('-', ' ');

    /// <summary>The images' name without their numbers.</summary>
    public string DataName => Data.LastIndexOf(" (", StringComparison.Ordinal) is > 0 and var end ? Data[..end] : Data;

    /// <summary>Reads a report.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
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
                (string?)report!["protocol"] ?? Path.GetFileNameWithoutExtension(file), (string?)report["data"] ?? "unknown images", (string?)report["weights"] ?? "unknown weights",
                [.. rows.Select(SavedEvaluationRow.Of)],
                first["confusion"] is JsonArray matrix ? [.. matrix.Select(row => (IReadOnlyList<long>)[.. row!.AsArray().Select(n => (long)n!)])] : [],
                first["per_class"] is JsonObject classes ? [.. classes.Select(c => c.Key)] : []);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or NullReferenceException or ArgumentException) // a key that is there twice
        {
            throw new InvalidDataException($"{file} is not a report of simclr evaluate. Evaluate again to replace it.", e);
        }
    }

    /// <summary>Whether a report may be written to a file: there is none, it is of the same protocol and images, or it is damaged.</summary>
    public static bool MayReplace(string file, EvaluationReport report)
    {
        if (!System.IO.File.Exists(file)) return true;
        try
        {
            var there = Read(file);
            return there.Protocol == report.Protocol && there.Data == report.Data;
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }
}
