using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SimClr.Cli.Output;
using Spectre.Console;

namespace SimClr.Cli.Runs;

/// <summary>Runs as a table for people and as JSON for programs.</summary>
internal sealed record RunList(IReadOnlyList<RunSummary> Runs)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public string ToJson() => new JsonObject { ["runs"] = new JsonArray([.. Runs.Select(Json)]) }.ToJsonString(Indented);

    /// <summary>The table, and below it what is wrong with the damaged ones.</summary>
    public void Show(Terminal terminal)
    {
        var (wide, narrow) = (Table(Columns), Table(Columns.Where(c => !c.Wide)));
        terminal.Result(terminal.Fits(wide) ? wide : narrow);
        foreach (var run in Runs.Where(r => r.State == RunState.Damaged)) terminal.Result($"{run.Name}: {run.Problem}");
    }

    // What stands in recipe.yaml and run.json is left out where the terminal is too narrow.
    private static readonly (string Name, bool Wide, bool Right, Func<RunSummary, string> Text)[] Columns =
    [
        ("run", false, false, run => Printable.Markup(run.Name)),
        ("state", false, false, State),
        ("data", true, false, run => Printable.Markup(run.Data ?? "")),
        ("encoder", true, false, run => run.Encoder ?? ""),
        ("epochs", true, true, run => $"{run.Epochs}"),
        ("loss", false, true, run => run.Loss?.ToString("f3", CultureInfo.InvariantCulture) ?? ""),
        ("top-1", false, true, run => Percent(run.Top1)),
        ("kNN", false, true, run => Top1(run, "knn")),
        ("linear", false, true, run => Top1(run, "linear")),
        ("size", false, true, run => ByteSize.Show(run.Bytes)),
        ("ago", false, true, run => Ago(DateTime.UtcNow - run.Changed)),
    ];

    private Table Table(IEnumerable<(string Name, bool Wide, bool Right, Func<RunSummary, string> Text)> columns)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var (name, _, right, _) in columns) table.AddColumn(new TableColumn(name) { Alignment = right ? Justify.Right : Justify.Left, NoWrap = name != "run", Padding = new Padding(0, 0, 1, 0) });
        foreach (var run in Runs) table.AddRow([.. columns.Select(c => c.Text(run))]);
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
        ["evaluated_top1"] = new JsonObject(run.Top1Of.Select(b => KeyValuePair.Create<string, JsonNode?>(b.Key, b.Value))),
        ["bytes"] = run.Bytes,
        ["changed"] = run.Changed.ToString("O", CultureInfo.InvariantCulture),
    };

    private static string Name(RunState state) => state.ToString().ToLowerInvariant();

    private static string State(RunSummary run) => run.State switch
    {
        RunState.Finished => "[green]finished[/]",
        RunState.Damaged => "[red]damaged[/]",
        RunState.Running => $"[blue]running[/] {run.Step}/{run.TotalSteps}",
        _ => $"[yellow]stopped[/] {run.Step}/{run.TotalSteps}",
    };

    private static string Top1(RunSummary run, string protocol) => Percent(run.Top1Of.TryGetValue(protocol, out double top1) ? top1 : null);

    private static string Percent(double? share) => share is { } s ? (100 * s).ToString("f2", CultureInfo.InvariantCulture) : "";

    private static string Ago(TimeSpan past) => past switch
    {
        { TotalDays: >= 2 } => $"{(int)past.TotalDays} d",
        { TotalHours: >= 2 } => $"{(int)past.TotalHours} h",
        { TotalMinutes: >= 2 } => $"{(int)past.TotalMinutes} min",
        _ => "now",
    };
}
