using System.Globalization;
using SimClr.Cli.Output;
using SimClr.Protocols;
using SimClr.Recipes;
using static TorchSharp.torch;

namespace SimClr.Cli.Reports;

/// <summary>Compares several runs: their curves, the differences between their recipes, and their results.</summary>
internal sealed class ComparisonReport(IReadOnlyList<ReportedRun> runs, ReportRequest request, Device device, Terminal terminal)
{
    /// <summary>Evaluates every run whose weights and labelled images can be read, and collects the data of the page.</summary>
    public ReportData Build()
    {
        var results = runs.Select(run => Result(run)).ToList();
        string[] names = [.. runs.Select(r => r.Name)];
        var curves = runs.Where(r => r.Metrics.Steps > 0).Select(r => r.Curves).ToList();
        return new ReportData
        {
            Title = string.Join(" · ", names),
            Subtitle = $"{runs.Count} SimCLR runs compared",
            Notes = [.. runs.SelectMany(r => r.Notes)],
            Runs = curves,
            Panels = CurvePanel.For(curves),
            Tables =
            [
                new ReportTable("results", ["run", ".steps", ".images seen", ".wall time",
                    ".images/s", ".loss (nats)", ".contrastive top-1 %", ".kNN top-1 %", "kNN of"], results,
                    [], "Loss, contrastive accuracy and throughput: the mean of the last 20 steps. Losses compare only at the same " +
                        "temperature and batch size. kNN: k = 10, weighted; the newest that simclr evaluate saved, " +
                        "without one a quick look at a sample. Figures of different images do not compare."),
                RecipeTables.Differences(names, [.. runs.Select(Keys)]),
            ],
        };
    }

    private IReadOnlyList<string> Result(ReportedRun run)
    {
        (double? top1, string images) = (null, "–");
        if (run.Evaluations.FirstOrDefault(e => e.Protocol == "knn") is { } saved)
        {
            (top1, images) = (saved.Top1, saved.Data + EvaluationSections.Against(saved));
        }
        else if (run is { Model: { } model, Source: { } source })
        {
            run.Attempt("no evaluation", () =>
            {
                using var sample = new SampleEvaluation(model, source, request.Images, baselines: false, device, terminal);
                images = sample.Description;
                if (!sample.IsLabelled) return;
                (top1, images) = (sample.Classify()[0].Accuracy.Top1, $"{EvaluationSections.QuickName(sample)}: {sample.Description}");
            });
        }
        return
        [
            run.Name,
            string.Create(CultureInfo.InvariantCulture, $"{run.Metrics.Steps:n0} of {run.TotalSteps:n0}"),
            string.Create(CultureInfo.InvariantCulture, $"{run.Metrics.Steps * run.Options.BatchSize:n0}"),
            ReportedRun.Duration(run.Metrics.Time),
            Number(run.Metrics.Last("images_per_second"), "f0"),
            Number(run.Metrics.Last("loss"), "f3"),
            EvaluationSections.Share(run.Metrics.Last("top1")),
            EvaluationSections.Share(top1),
            images,
        ];
    }

    private static IReadOnlyDictionary<string, string> Keys(ReportedRun run) =>
        new Dictionary<string, string>(OptionsText.Values(run.Options))
        {
            ["(data)"] = run.Settings.Place ?? "",
            ["(images)"] = $"{run.Settings.ImageCount}",
            ["(starts from)"] = run.Settings.Weights ?? "random weights",
            ["(program)"] = run.Settings.Version ?? "unknown",
        };

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "–";
}
