using System.Text.Json.Nodes;
using SimClr.Cli.Output;
using SimClr.Datasets;
using SimClr.IO;
using SimClr.Recipes;
using SimClr.RunFolders;
using SimClr.Runs;
using Spectre.Console;

namespace SimClr.Cli.Commands;

/// <summary>The facts of a planned run: data and options, time and memory, and the findings of the checks.</summary>
internal sealed class DoctorOutput(DoctorFacts facts) : TableOutput
{
    private const int Listed = 20;

    private readonly IReadOnlyList<Finding> findings = ConfigurationChecks.Of(facts);

    /// <summary>Whether no finding is a problem.</summary>
    public bool IsSound => !findings.Any(finding => finding.IsProblem);

    protected override string Title => facts.Train.Data.Name + (IsSound ? ": can be trained on" : ": something must be mended");

    protected override Table ToTable()
    {
        var table = NewTable("item", "value");
        foreach (var (name, value) in Facts()) table.AddRow(TableText.Of(name), TableText.Of(value));
        foreach (var part in Parts)
        {
            foreach (var omission in part.Data.Omissions) table.AddRow("not used", TableText.Of(omission.ToString()));
            foreach (var bad in part.Damaged.Take(Listed)) table.AddRow("damaged", TableText.Of(bad.Reason));
        }
        foreach (var finding in findings) table.AddRow(finding.IsProblem ? "[red]problem[/]" : "[yellow]warning[/]", TableText.Of(finding.Text));
        return table;
    }

    public override JsonObject ToJson() => new()
    {
        ["data"] = facts.Train.Data.Name,
        ["sound"] = IsSound,
        ["parts"] = new JsonObject(Parts.Select(part => KeyValuePair.Create(part.Name, (JsonNode?)Json(part)))),
        ["in_train_and_test"] = facts.Leaked,
        ["groups"] = facts.Groups?.Summary is { } groups
            ? new JsonObject { ["count"] = groups.Count, ["singletons"] = groups.Singletons, ["smallest"] = groups.Smallest, ["median"] = groups.Median, ["largest"] = groups.Largest }
            : null,
        ["options"] = OptionsText.ToYaml(facts.Options),
        ["steps_per_epoch"] = facts.StepsPerEpoch,
        ["total_steps"] = facts.TotalSteps,
        ["peak_learning_rate"] = facts.PeakLearningRate,
        ["estimate"] = facts.Trial is not { } trial ? null : new JsonObject
        {
            ["measured_batch"] = trial.Batch,
            ["parameters"] = trial.Parameters,
            ["images_per_second"] = 1 / trial.SecondsPerImage,
            ["spread"] = trial.Spread,
            ["wait_share"] = trial.WaitShare,
            ["seconds"] = facts.Seconds,
            ["memory_bytes"] = (long)trial.PeakBytes(facts.Options),
            ["images_that_fit"] = trial.MostImages(facts.MemoryBytes),
            ["checkpoint_bytes"] = trial.CheckpointBytes,
        },
        ["problems"] = Texts(problems: true),
        ["warnings"] = Texts(problems: false),
    };

    private IEnumerable<DatasetScan> Parts => facts.Test is null ? [facts.Train] : [facts.Train, facts.Test];

    private IEnumerable<(string Name, string Value)> Facts()
    {
        var o = facts.Options;
        foreach (var part in Parts)
        {
            yield return (part.Name, Text($"{part.Data.Count} images, {part.Damaged.Count} damaged of {part.Decoded} decoded, {part.Repeated} repeated, {part.GrayShare:p0} gray"));
            yield return ("  sides", Text($"shorter {part.Shorter.Smallest} – {part.Shorter.Median} – {part.Shorter.Largest}, longer {part.Longer.Smallest} – {part.Longer.Median} – {part.Longer.Largest} pixels (least, median, most); {part.SmallerThan(o.ImageSize)} smaller than a view"));
            if (part.ClassCounts is { Length: > 0 } counts) yield return ("  classes", Text($"{counts.Length}, of {counts.Min()} to {counts.Max()} images; {part.Data.Count - counts.Sum()} images without a label"));
        }
        if (facts.Groups?.Summary is { } groups) yield return ("positives", Text($"{OptionType.Write(o.Positives)}, {groups}"));
        if (facts.Test is not null) yield return ("in both parts", Text($"{facts.Leaked} images"));
        yield return ("views", Text($"{o.ImageSize} pixels, {RunFacts.Views(o)}{RunFacts.Colours(o.Encoder.Channels)}"));
        yield return ("encoder", Text($"{o.Encoder.Describe()}{string.Concat(o.Encoder.Traits().Select(t => $", {t.Name} {t.Value}"))}{RunFacts.Frozen(o)}"));
        yield return ("loss", RunFacts.Loss(o));
        yield return ("optimizer", Text($"{o.Optimizer.Kind}, {RunFacts.PeakRate(o)}, decay {o.Optimizer.Complete().WeightDecay:g3}, {RunFacts.Warmup(facts.WarmupEpochs)}"));
        yield return ("steps", RunFacts.Steps(o, facts.StepsPerEpoch, facts.TotalSteps));
        if (facts.Trial is not { } trial) yield break;
        yield return ("time", Text($"about {Duration(facts.Seconds!.Value)}, {1 / trial.SecondsPerImage:f0} images/s ± {trial.Spread:p0} in a few steps of {trial.Batch} images on this machine, {trial.WaitShare:p0} of it waiting for views"));
        yield return ("memory", Text($"about {ByteSize.Show(trial.PeakBytes(o))} of {ByteSize.Show(facts.MemoryBytes)}, from the same steps; batches, or micro-batches, of up to {trial.MostImages(facts.MemoryBytes)} images fit"));
        yield return ("disk", Text($"{ByteSize.Show(trial.CheckpointBytes)} a checkpoint of {trial.Parameters / 1e6:f2} M parameters, {ByteSize.Show(facts.DiskBytes!.Value)} with three kept"));
    }

    private static JsonObject Json(DatasetScan part) => new()
    {
        ["images"] = part.Data.Count,
        ["decoded"] = part.Decoded,
        ["damaged"] = new JsonArray([.. part.Damaged.Select(bad => (JsonNode)bad.Reason)]),
        ["not_used"] = new JsonArray([.. part.Data.Omissions.Select(o =>
            (JsonNode)new JsonObject { ["what"] = o.What, ["count"] = o.Count, ["reason"] = o.Reason, ["example"] = o.Example, ["expected"] = o.IsExpected })]),
        ["repeated"] = part.Repeated,
        ["gray_share"] = part.GrayShare,
        ["shorter_side"] = Sides(part.Shorter),
        ["longer_side"] = Sides(part.Longer),
        ["class_counts"] = new JsonObject(part.ClassCounts.Zip(part.Data.Classes).Select(c => KeyValuePair.Create(c.Second, (JsonNode?)c.First))),
    };

    private static JsonObject Sides((int Smallest, int Median, int Largest) sides) => new() { ["least"] = sides.Smallest, ["median"] = sides.Median, ["most"] = sides.Largest };

    private JsonArray Texts(bool problems) => [.. findings.Where(finding => finding.IsProblem == problems).Select(finding => (JsonNode)finding.Text)];

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    private static string Duration(double seconds) => seconds switch
    {
        >= 2 * 86400 => Text($"{seconds / 86400:f1} days"),
        >= 2 * 3600 => Text($"{seconds / 3600:f1} hours"),
        >= 120 => Text($"{seconds / 60:f0} minutes"),
        _ => Text($"{seconds:f0} seconds"),
    };
}
