using System.Globalization;
using System.Text.Json.Nodes;
using SimClr.Cli.Output;
using SimClr.IO;
using SimClr.RunFolders;
using Spectre.Console;

namespace SimClr.Cli.Commands;

/// <summary>Run folders and the progress of each run.</summary>
internal sealed class RunsOutput(IReadOnlyList<RunSummary> runs) : CommandOutput
{
    public override JsonObject ToJson() => new() { ["runs"] = new JsonArray([.. runs.Select(Json)]) };

    // The table. Below it: the data sets of the figures if the table has no room for them, the figures below a baseline, and the damaged
    // runs.
    protected override void PrintText(Terminal terminal)
    {
        var (wide, narrow) = (Table(Columns), Table(Columns.Where(c => !c.Wide)));
        bool fits = terminal.Fits(wide);
        terminal.Result(fits ? wide : narrow);
        foreach (var run in runs.Where(r => !fits && Shown(r).Any())) terminal.Result($"{run.Name}: {Of(run)}");
        foreach (var (run, evaluation) in runs.SelectMany(r => Shown(r).Where(e => e.Above is not null), (run, e) => (run, e)))
            terminal.Result($"{run.Name}: {evaluation.Name} {Percent.Of(evaluation.Top1)} " +
                $"of {evaluation.DataName} is below {Baseline(evaluation.Above!)}.");
        foreach (var run in runs.Where(r => r.State == RunState.Damaged)) terminal.Result($"{run.Name}: {run.Problem}");
    }

    // A narrow terminal shows no wide columns; their values are in recipe.yaml and run.json.
    private static readonly (string Name, bool Wide, bool Right, Func<RunSummary, string> Text)[] Columns =
    [
        ("run", false, false, run => TableText.Of(run.Name)),
        ("state", false, false, State),
        ("data", true, false, run => TableText.Of(run.Data ?? "")),
        ("encoder", true, false, run => run.Encoder ?? ""),
        ("epochs", true, true, run => $"{run.Epochs}"),
        ("loss", false, true, run => run.Loss?.ToString("f3", CultureInfo.InvariantCulture) ?? ""),
        ("top-1", false, true, run => Shown(run.Top1)),
        ("kNN", false, true, run => Evaluated(run, "knn")),
        ("linear", false, true, run => Evaluated(run, "linear")),
        ("of", true, false, run => TableText.Of(Of(run))),
        ("size", false, true, run => ByteSize.Show(run.Bytes)),
        ("ago", false, true, run => Ago(DateTimeOffset.UtcNow - run.Changed)),
    ];

    private Table Table(IEnumerable<(string Name, bool Wide, bool Right, Func<RunSummary, string> Text)> columns)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var (name, _, right, _) in columns)
            table.AddColumn(new TableColumn(name)
            { Alignment = right ? Justify.Right : Justify.Left, NoWrap = name != "run", Padding = new Padding(0, 0, 1, 0) });
        foreach (var run in runs) table.AddRow([.. columns.Select(c => c.Text(run))]);
        return table;
    }

    private static JsonNode Json(RunSummary run) => new JsonObject
    {
        ["run"] = run.Name,
        ["state"] = Name(run.State),
        ["problem"] = run.Problem,
        ["step"] = run.Step,
        ["total_steps"] = run.TotalSteps,
        ["data"] = run.Data,
        ["encoder"] = run.Encoder,
        ["epochs"] = run.Epochs,
        ["loss"] = run.Loss,
        ["contrastive_top1"] = run.Top1,
        ["evaluations"] = new JsonArray([.. run.Evaluations.Select(Json)]),
        ["bytes"] = run.Bytes,
        ["changed"] = run.Changed.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
    };

    private static JsonNode Json(SavedEvaluation evaluation)
    {
        var json = new JsonObject
        {
            ["protocol"] = evaluation.Protocol,
            ["data"] = evaluation.Data,
            ["weights"] = evaluation.Weights,
            ["saved"] = evaluation.Saved.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            ["top1"] = evaluation.Top1,
        };
        foreach (var row in evaluation.Baselines) json[$"{row.Features}_top1"] = row.Top1;
        json["below_baseline"] = evaluation.Above is not null;
        return json;
    }

    private static string Name(RunState state) => state.ToString().ToLowerInvariant();

    private static string State(RunSummary run) => run.State switch
    {
        RunState.Finished => "[green]finished[/]",
        RunState.Damaged => "[red]damaged[/]",
        RunState.Running => $"[blue]running[/] {run.Step}/{run.TotalSteps}",
        _ => $"[yellow]stopped[/] {run.Step}/{run.TotalSteps}",
    };

    // The newest figure of each protocol: figures on different data sets cannot be compared.
    private static IEnumerable<SavedEvaluation> Shown(RunSummary run) =>
        run.Evaluations.Where(e => e.Protocol is "knn" or "linear").DistinctBy(e => e.Protocol);

    // Red, and marked for terminals without colours: below the pixels or the untrained encoder.
    private static string Evaluated(RunSummary run, string protocol) => Shown(run).FirstOrDefault(e => e.Protocol == protocol) switch
    {
        null => "",
        { Above: null } evaluation => Percent.Of(evaluation.Top1),
        var evaluation => $"[red]{Percent.Of(evaluation.Top1)}↓[/]",
    };

    // The data set of the figures; if they differ, the data set of each.
    private static string Of(RunSummary run)
    {
        var shown = Shown(run).OrderBy(e => e.Protocol, StringComparer.Ordinal).ToList();
        return shown.Select(e => e.Data).Distinct().Count() <= 1 ? shown.FirstOrDefault()?.DataName ?? ""
            : string.Join(", ", shown.Select(e => $"{e.Name} of {e.DataName}"));
    }

    private static string Baseline(SavedEvaluationRow row) =>
        $"{(row.Features == "pixels" ? "the pixels'" : "the untrained encoder's")} {Percent.Of(row.Top1)}";

    private static string Shown(double? share) => share is { } s ? Percent.Of(s) : "";

    private static string Ago(TimeSpan past) => past switch
    {
        { TotalDays: >= 2 } => $"{(int)past.TotalDays} d",
        { TotalHours: >= 2 } => $"{(int)past.TotalHours} h",
        { TotalMinutes: >= 2 } => $"{(int)past.TotalMinutes} min",
        _ => "now",
    };
}
