using System.Globalization;
using SimClr.Evaluation;

namespace SimClr.Cli.Reports;

/// <summary>What kNN says of labelled images: the table with its baselines, and what was taken for what.</summary>
internal static class EvaluationSections
{
    public static ReportTable Table(ReportImages images, IReadOnlyList<(string Name, Accuracy Accuracy, long[] Predictions)> results)
    {
        int classes = images.Reference.Classes.Count;
        var rows = results.Select(r => (IReadOnlyList<string>)[r.Name, Percent(r.Accuracy.Top1), classes > 5 ? Percent(r.Accuracy.Top5) : "–", Percent(r.Accuracy.MeanPerClass)]).ToList();
        rows.Add(["chance", Percent(1.0 / classes), classes > 5 ? Percent(5.0 / classes) : "–", Percent(1.0 / classes)]);
        return new ReportTable("evaluation", ["features", ".top-1 %", ".top-5 %", ".mean per class %"], rows, [0],
            $"kNN, k = 10, votes weighted by exp(cos/0.07): {images.Note}. simclr evaluate takes all images.");
    }

    public static ConfusionData Confusion(ReportImages images, long[] predictions)
    {
        var classes = images.Reference.Classes;
        var matrix = ConfusionMatrix.Of([.. Enumerable.Range(0, images.Shown.Count).Select(i => (long)images.Shown.Label(i))], predictions, classes.Count);
        return new ConfusionData(
            classes,
            [.. Enumerable.Range(0, classes.Count).Select(label => (IReadOnlyList<long>)[.. Enumerable.Range(0, classes.Count).Select(taken => matrix[label, taken])])],
            $"The encoder's kNN on {images.Shown.Count} test images. A row is a class; a cell says how many of its images were taken for the column's class.");
    }

    public static string Percent(double share) => (100 * share).ToString("f1", CultureInfo.InvariantCulture);
}
