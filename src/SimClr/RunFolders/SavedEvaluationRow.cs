using System.Text.Json;
using System.Text.Json.Nodes;

namespace SimClr.RunFolders;

/// <summary>One classifier's figures in a <see cref="SavedEvaluation"/>, each in [0, 1].</summary>
/// <param name="Features"><c>encoder</c>, <c>projection</c>, <c>untrained</c> or <c>pixels</c>.</param>
/// <param name="Variant">Which classifier of several, in words; empty for the only one.</param>
/// <param name="Top1">Mean over the seeds.</param>
/// <param name="Top5">Likewise; null where the report has none.</param>
/// <param name="MeanPerClass">Likewise.</param>
public sealed record SavedEvaluationRow(string Features, string Variant, double Top1, double? Top5, double? MeanPerClass)
{
    /// <summary>A row of a report.</summary>
    /// <exception cref="JsonException">It has no top-1.</exception>
    public static SavedEvaluationRow Of(JsonObject row)
    {
        string? which = (string?)row["variant"], k = row["k"]?.ToJsonString();
        bool? weighted = (bool?)row["weighted"];
        // Of kNN the k that is fixed is part of the name; the one that was chosen may differ from features to features.
        string variant = which ?? (k is null ? "" : $"k = {k}{(weighted == true ? ", weighted" : "")}");
        return new((string?)row["features"] ?? throw new JsonException("A row has no name."), variant, Figure("top1") ?? throw new JsonException("A row has no top-1."), Figure("top5"), Figure("mean_per_class"));

        double? Figure(string key) => (double?)row[key] is not { } figure ? null : double.IsFinite(figure) ? figure : throw new JsonException($"{key} is too large.");
    }
}
