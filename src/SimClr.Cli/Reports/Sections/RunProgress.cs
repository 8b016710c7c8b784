using System.Globalization;
using SimClr.Losses;
using SimClr.RunFolders;

namespace SimClr.Cli.Reports;

/// <summary>The part of a report that needs neither model nor images: figures, stored evaluations, curves, facts, the recipe.</summary>
internal static class RunProgress
{
    public static ReportData Of(ReportedRun run) => new()
    {
        Title = run.Name,
        Subtitle = $"{(run.Settings.Teacher is null ? "SimCLR pretraining of" : "Features distilled into")} " +
            $"{run.Options.Encoder.Describe()} on {run.Settings.DataName ?? run.Settings.Place}",
        Notes = run.Notes,
        Figures = [.. EvaluationSections.Figures(run.Evaluations), .. run.Metrics.Steps > 0 ? Figures(run) : []],
        Runs = run.Metrics.Steps > 0 ? [run.Curves] : [],
        Panels = CurvePanel.For([run.Curves]),
        Confusion = EvaluationSections.Confusion(run.Evaluations),
        Tables =
        [
            .. run.Evaluations.Count > 0 ? [EvaluationSections.Table(run.Evaluations)] : Array.Empty<ReportTable>(),
            RecipeTables.Whole(run.Options),
            new ReportTable("facts", ["", ""], [.. run.Facts().Select(f => (IReadOnlyList<string>)[f.Name, f.Value])], []),
        ],
    };

    // The loss if all candidates are equally near; unknown for a custom loss.
    private static double? Chance(ReportedRun run) => run.Options.Loss switch
    {
        LossKind.NtXent => Math.Log(2 * run.Options.BatchSize - 1),
        LossKind.Decoupled => Math.Log(2 * run.Options.BatchSize - 2),
        _ => null,
    };

    private static IEnumerable<KeyFigure> Figures(ReportedRun run)
    {
        if (run.Metrics.Last("loss") is { } loss)
            yield return new("loss", string.Create(CultureInfo.InvariantCulture, $"{loss:f3}{(Chance(run) is null ? "" : " nats")}"),
                string.Create(CultureInfo.InvariantCulture, $"last 20 steps{(Chance(run) is { } chance ? $"; chance {chance:f2}" : "")}"));
        if (run.Metrics.Last("top1") is { } top1)
            yield return new("contrastive top-1", $"{EvaluationSections.Share(top1)} %",
                $"among {2 * run.Options.BatchSize - 2} negatives");
        yield return new($"{RunFacts.Unit(run.Options)} seen",
            string.Create(CultureInfo.InvariantCulture, $"{run.Metrics.Steps * run.Options.BatchSize:n0}"),
            string.Create(CultureInfo.InvariantCulture, $"{run.Metrics.Steps:n0} of {run.TotalSteps:n0} steps"));
        yield return new("wall time", ReportedRun.Duration(run.Metrics.Time), run.Metrics.Last("images_per_second") is { } speed
            ? string.Create(CultureInfo.InvariantCulture, $"{speed:f0} images/s at the end") : "");
    }
}
