using System.Text.Json.Nodes;
using SimClr.IO;

namespace SimClr.Evaluation;

/// <summary>One classifier's figures on one set of features, over one or several seeds.</summary>
/// <param name="Features"><c>encoder</c>, <c>projection</c>, <c>untrained</c>, <c>pixels</c>, or what was trained.</param>
/// <param name="Scores">On the test images, of each seed.</param>
public sealed record EvaluationRow(string Features, IReadOnlyList<TestScores> Scores)
{
    /// <summary>Which of several that one search gave: for example <c>last</c>; empty for the only one.</summary>
    public string Variant { get; init; } = "";

    /// <summary>What was fixed and what was chosen, in the order of the table's columns and of the JSON.</summary>
    public IReadOnlyList<(string Key, JsonNode Value)> Parameters { get; init; } = [];

    /// <summary>The mean over the seeds.</summary>
    public Accuracy Accuracy => new(Scores.Average(s => s.Accuracy.Top1), Scores.Average(s => s.Accuracy.Top5), Scores.Average(s => s.Accuracy.MeanPerClass));

    /// <summary>The standard deviation of top-1 over the seeds; null for one seed.</summary>
    public double? Top1Deviation => Scores.Count < 2 ? null : Math.Sqrt(Scores.Sum(s => Math.Pow(s.Accuracy.Top1 - Accuracy.Top1, 2)) / (Scores.Count - 1));

    /// <summary>Top-1 as people read it, in per cent, ± its deviation.</summary>
    public string Top1Text => Percent.Of(Accuracy.Top1) + (Top1Deviation is { } sd ? $" ± {Percent.Of(sd)}" : "");

    /// <summary>The row for programs.</summary>
    /// <param name="classes">Names; the accuracy within each is told. Empty: it is not.</param>
    /// <param name="confusion">Whether the matrix is told, of the first seed.</param>
    public JsonObject ToJson(IReadOnlyList<string> classes, bool confusion)
    {
        var json = new JsonObject { ["features"] = Features };
        if (Variant.Length > 0) json["variant"] = Variant;
        (json["top1"], json["top5"], json["mean_per_class"]) = (Accuracy.Top1, Accuracy.Top5, Accuracy.MeanPerClass);
        if (Top1Deviation is { } sd)
        {
            json["top1_sd"] = sd;
            json["top1_of_seeds"] = new JsonArray([.. Scores.Select(s => JsonValue.Create(s.Accuracy.Top1))]);
        }
        foreach (var (key, value) in Parameters) json[key] = value.DeepClone();
        if (classes.Count > 0)
        {
            var within = new JsonObject();
            for (int c = 0; c < classes.Count; c++)
                within[classes[c]] = Scores.All(s => c < s.Confusion.Classes && s.Confusion.AccuracyOf(c) is not null) ? Scores.Average(s => s.Confusion.AccuracyOf(c)!.Value) : null;
            json["per_class"] = within;
        }
        if (confusion)
        {
            var matrix = Scores[0].Confusion;
            json["confusion"] = new JsonArray([.. Enumerable.Range(0, matrix.Classes).Select(label =>
                (JsonNode)new JsonArray([.. Enumerable.Range(0, matrix.Classes).Select(taken => (JsonNode)matrix[label, taken])]))]);
        }
        return json;
    }
}
