using System.Text.Json.Nodes;
using SimClr.IO;

namespace SimClr.Evaluation;

/// <summary>The figures of one classifier on one set of features, over one or several seeds.</summary>
/// <param name="Features"><c>encoder</c>, <c>projection</c>, <c>untrained</c>, <c>pixels</c>, or the trained network.</param>
/// <param name="Scores">The scores on the test images, one per seed.</param>
public sealed record EvaluationRow(string Features, IReadOnlyList<TestScores> Scores)
{
    /// <summary>The variant, if one search gave several results: for example <c>last</c>. Empty for a single result.</summary>
    public string Variant { get; init; } = "";

    /// <summary>Fixed and chosen parameters, in the order of the table's columns and of the JSON.</summary>
    public IReadOnlyList<(string Key, JsonNode Value)> Parameters { get; init; } = [];

    /// <summary>The mean over the seeds.</summary>
    public Accuracy Accuracy =>
        new(Scores.Average(s => s.Accuracy.Top1), Scores.Average(s => s.Accuracy.Top5), Scores.Average(s => s.Accuracy.MeanPerClass));

    /// <summary>The standard deviation of top-1 over the seeds; null for one seed.</summary>
    public double? Top1Deviation =>
        Scores.Count < 2 ? null : Math.Sqrt(Scores.Sum(s => Math.Pow(s.Accuracy.Top1 - Accuracy.Top1, 2)) / (Scores.Count - 1));

    /// <summary>Top-1 as text, in per cent, ± its deviation.</summary>
    public string Top1Text => Percent.Of(Accuracy.Top1) + (Top1Deviation is { } sd ? $" ± {Percent.Of(sd)}" : "");

    /// <summary>The row as JSON.</summary>
    /// <param name="classes">The names of the classes. If there are any, the accuracy per class is included.</param>
    /// <param name="confusion">Whether the confusion matrix of the first seed is included.</param>
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
                within[classes[c]] = Scores.All(s => c < s.Confusion.Classes && s.Confusion.AccuracyOf(c) is not null)
                    ? Scores.Average(s => s.Confusion.AccuracyOf(c)!.Value)
                    : null;
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
