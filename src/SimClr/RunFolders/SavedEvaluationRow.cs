using System.Text.Json;
using System.Text.Json.Nodes;

namespace SimClr.RunFolders;

/// <summary>The figures of one classifier in a <see cref="SavedEvaluation"/>, each in [0, 1].</summary>
/// <param name="Features"><c>encoder</c>, <c>projection</c>, <c>untrained</c> or <c>pixels</c>.</param>
/// <param name="Variant">The variant of the classifier as text; empty if there is only one.</param>
/// <param name="Top1">The mean over the seeds.</param>
/// <param name="Top5">The mean over the seeds; null if the report has none.</param>
/// <param name="MeanPerClass">The mean over the seeds; null if the report has none.</param>
public sealed record SavedEvaluationRow(string Features, string Variant, double Top1, double? Top5, double? MeanPerClass)
{
    /// <summary>Parses a row of a report.</summary>
    /// <param name="row">The row.</param>
    /// <exception cref="JsonException">The row has no top-1.</exception>
    public static SavedEvaluationRow Of(JsonObject row)
    {
        string? which = (string?)row["variant"], k = row["k"]?.ToJsonString();
        bool? weighted = (bool?)row["weighted"];
        // For kNN a fixed k is part of the name. A chosen one may differ between kinds of features.
        string variant = which ?? (k is null ? "" : $"k = {k}{(weighted == true ? ", weighted" : "")}");
        return new((string?)row["features"] ?? throw new JsonException("A row has no name."), variant,
            Figure("top1") ?? throw new JsonException("A row has no top-1."), Figure("top5"), Figure("mean_per_class"));

        double? Figure(string key) => (double?)row[key] is not { } figure ? null
            : double.IsFinite(figure) ? figure : throw new JsonException($"{key} is too large.");
    }
}
