using SimClr.IO;
using SimClr.Protocols;
using SimClr.RunFolders;

namespace SimClr.Cli.Reports;

/// <summary>
/// The accuracy of a run on labelled images: the evaluations that <c>simclr evaluate</c> stored, each with its images. Without any, a quick
/// evaluation on a sample, which is marked as such.
/// </summary>
internal static class EvaluationSections
{
    /// <summary>The id of the section on the page.</summary>
    public const string Section = "evaluation";

    private const string Legend = "Rows are true classes, columns are predicted classes, and cells count images.";

    /// <summary>The figure of the newest evaluation of each protocol. There is no best one among different images.</summary>
    public static IEnumerable<KeyFigure> Figures(IReadOnlyList<SavedEvaluation> saved) =>
        saved.DistinctBy(e => e.Protocol).Select(e => new KeyFigure(
            $"{e.Name} top-1", $"{Share(e.Top1)} %", $"of {e.Data}{Against(e)}"));

    /// <summary>Every stored evaluation: the encoder's rows, and the baselines with the classifier of the first row.</summary>
    public static ReportTable Table(IReadOnlyList<SavedEvaluation> saved)
    {
        var rows = saved.SelectMany(e => e.Rows.Where(r => r.Features is not ("pixels" or "untrained")).Concat(e.Baselines), (e, r) =>
            (Evaluation: e, Row: r)).ToList();
        return new ReportTable(
            Section, ["protocol", "of", "features", "which", ".top-1 %", ".top-5 %", ".mean per class %"],
            [.. rows.Select(r => (IReadOnlyList<string>)[r.Evaluation.Name, r.Evaluation.Data,
                r.Row.Features, r.Row.Variant, Share(r.Row.Top1), Share(r.Row.Top5), Share(r.Row.MeanPerClass)])],
            [.. Enumerable.Range(0, rows.Count).Where(i => i == 0 || rows[i].Evaluation != rows[i - 1].Evaluation)],
            $"Saved by simclr evaluate, the newest first. Weights: {string.Join(", ", saved.Select(e => e.Weights).Distinct())}.");
    }

    /// <summary>The confusion matrix of the newest evaluation that has one; null if none has.</summary>
    public static ConfusionData? Confusion(IReadOnlyList<SavedEvaluation> saved) =>
        saved.FirstOrDefault(e => e.Confusion.Count > 0 && e.Confusion.Count == e.Classes.Count) is { } newest
            ? new ConfusionData(newest.Classes, newest.Confusion, $"The encoder's {newest.Name}" +
                $"{(newest.Rows[0].Variant is { Length: > 0 } which ? $" ({which})" : "")} of {newest.Data}. {Legend}")
            : null;

    /// <summary>The figure of the quick evaluation.</summary>
    public static KeyFigure QuickFigure(SampleEvaluation images, IReadOnlyList<SampleResult> results)
    {
        double top1 = results[0].Accuracy.Top1;
        var baselines = results.Where(r => r.Features is "untrained" or "pixels").Select(r => (r.Features, r.Accuracy.Top1));
        return new(QuickName(images), $"{Share(top1)} %", $"simclr evaluate uses all images{Against([.. baselines], top1)}");
    }

    /// <summary>The name of the quick evaluation, which distinguishes it from a stored one.</summary>
    public static string QuickName(SampleEvaluation images) => $"quick kNN on a sample of {images.Shown.Count} images of {images.DataName}";

    /// <summary>The quick evaluation with its baselines.</summary>
    public static ReportTable QuickTable(SampleEvaluation images, IReadOnlyList<SampleResult> results)
    {
        int classes = images.Reference.Classes.Count;
        var rows = results.Select(r => (IReadOnlyList<string>)[r.Features, Share(r.Accuracy.Top1),
            classes > 5 ? Share(r.Accuracy.Top5) : "–", Share(r.Accuracy.MeanPerClass)]).ToList();
        rows.Add(["chance", Share(1.0 / classes), classes > 5 ? Share(5.0 / classes) : "–", Share(1.0 / classes)]);
        return new ReportTable(Section, ["features", ".top-1 %", ".top-5 %", ".mean per class %"], rows, [0],
            $"A quick kNN, k = 10, votes weighted by exp(cos/0.07): {images.Description}. " +
                $"simclr evaluate uses all images; this table then shows its figures.");
    }

    /// <summary>The confusion matrix of the quick evaluation.</summary>
    public static ConfusionData QuickConfusion(SampleEvaluation images, IReadOnlyList<long> predictions)
    {
        var classes = images.Reference.Classes;
        var matrix = images.Confusion(predictions);
        return new ConfusionData(
            classes,
            [.. Enumerable.Range(0, classes.Count).Select(label =>
                (IReadOnlyList<long>)[.. Enumerable.Range(0, classes.Count).Select(predicted => matrix[label, predicted])])],
            $"The encoder's {QuickName(images)}. {Legend}");
    }

    /// <summary>The figures of the baselines after a semicolon, and those above the encoder; empty if none was evaluated.</summary>
    public static string Against(SavedEvaluation saved) => Against([.. saved.Baselines.Select(b => (b.Features, b.Top1))], saved.Top1);

    private static string Against(IReadOnlyList<(string Features, double Top1)> baselines, double top1)
    {
        var above = baselines.Where(b => b.Top1 > top1)
            .Select(b => b.Features == "pixels" ? "the pixels" : "the untrained encoder").ToList();
        return string.Concat(baselines.Select(b => $"; {b.Features} {Share(b.Top1)}")) +
            (above.Count > 0 ? $": below {string.Join(" and ", above)}" : "");
    }

    /// <summary>A share in per cent; a dash if there is none.</summary>
    public static string Share(double? share) => share is { } s ? Percent.Of(s, 1) : "–";
}
