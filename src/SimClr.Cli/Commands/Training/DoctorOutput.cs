using System.Globalization;
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

    private static readonly CultureInfo Plain = CultureInfo.InvariantCulture;

    private readonly IReadOnlyList<Finding> findings = ConfigurationChecks.Of(facts);

    /// <summary>Whether no finding is a problem.</summary>
    public bool IsSound => !findings.Any(finding => finding.IsProblem);

    protected override string Title => facts.Train.Data.Name + (IsSound ? ": ready for training" : ": there is a problem");

    protected override Table ToTable()
    {
        var table = NewTable("item", "value");
        foreach (var (name, value) in Facts()) table.AddRow(TableText.Of(name), TableText.Of(value));
        foreach (var part in Parts)
        {
            foreach (var omission in part.Data.Omissions) table.AddRow("not used", TableText.Of(omission.ToString()));
            List(table, "damaged", part.Damaged.Select(bad => bad.Reason));
            List(table, "copy", Copies(part));
            List(table, "smaller than a view", Names(part, part.ImagesSmallerThan(facts.Options.ImageSize)));
            List(table, "long and narrow", Names(part, part.ElongatedImages()));
        }
        List(table, "in both parts", Shared);
        foreach (var finding in findings)
            table.AddRow(finding.IsProblem ? "[red]problem[/]" : "[yellow]warning[/]", TableText.Of(finding.Text));
        return table;
    }

    // The first ones, and how many there are.
    private static void List(Table table, string what, IEnumerable<string> texts)
    {
        int count = 0;
        foreach (string text in texts)
        {
            if (++count <= Listed) table.AddRow(what, TableText.Of(text));
        }
        if (count > Listed) table.AddRow(what, $"… and {count - Listed} more: --json lists all");
    }

    private static IEnumerable<string> Names(DatasetScan part, IEnumerable<int> images) => images.Select(part.Data.Describe);

    private static IEnumerable<string> Copies(DatasetScan part) =>
        part.Copies().Select(copy => $"{part.Data.Describe(copy.Image)} = {part.Data.Describe(copy.First)}");

    private IEnumerable<string> Shared => facts.Test is not { } test ? []
        : test.CopiesIn(facts.Train).Select(copy => $"{test.Data.Describe(copy.Image)} = {facts.Train.Data.Describe(copy.Other)}");

    private static JsonArray Array(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)text)];

    public override JsonObject ToJson() => new()
    {
        ["data"] = facts.Train.Data.Name,
        ["sound"] = IsSound,
        ["parts"] = new JsonObject(Parts.Select(part => KeyValuePair.Create(part.Name, (JsonNode?)Json(part)))),
        ["in_train_and_test"] = facts.Leaked,
        ["images_in_train_and_test"] = Array(Shared),
        ["groups"] = facts.Groups?.Summary is { } groups
            ? new JsonObject
            {
                ["count"] = groups.Count,
                ["singletons"] = groups.Singletons,
                ["smallest"] = groups.Smallest,
                ["median"] = groups.Median,
                ["largest"] = groups.Largest
            }
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
            yield return (part.Name, string.Create(Plain, $"{part.Data.Count} images; {part.Decoded} decoded, " +
                $"{part.Damaged.Count} of them damaged; {part.Repeated} copies; {part.GrayShare:p0} gray"));
            yield return ("  sides", string.Create(Plain,
                $"shorter {part.Shorter.Smallest} – {part.Shorter.Median} – {part.Shorter.Largest}, longer " +
                $"{part.Longer.Smallest} – {part.Longer.Median} – {part.Longer.Largest} pixels (smallest, " +
                $"median, largest); {part.SmallerThan(o.ImageSize)} smaller than a view, {part.Elongated} long and narrow"));
            if (part.ClassCounts is { Length: > 0 } counts)
                yield return ("  classes", string.Create(Plain, $"{counts.Length} of {counts.Min()} to {counts.Max()} images; " +
                    $"{part.Data.Count - counts.Sum()} images without a label"));
        }
        if (facts.Groups?.Summary is { } groups) yield return ("positives", $"{OptionType.Write(o.Positives)}, {groups}");
        if (facts.Test is not null) yield return ("in both parts", $"{facts.Leaked} images");
        yield return ("views", $"{o.ImageSize} pixels, {RunFacts.Views(o)}{RunFacts.Colours(o.Encoder.Channels)}");
        yield return ("encoder", RunFacts.Encoder(o) + RunFacts.Frozen(o));
        yield return ("loss", RunFacts.Loss(o));
        yield return ("optimizer", string.Create(Plain,
            $"{OptionType.Write(o.Optimizer.Kind)}, {RunFacts.PeakRate(o)}, decay {o.Optimizer.Complete().WeightDecay:g3}, " +
            $"{RunFacts.Warmup(facts.WarmupEpochs)}"));
        yield return ("steps", RunFacts.Steps(o, facts.StepsPerEpoch, facts.TotalSteps));
        if (facts.Trial is not { } trial) yield break;
        yield return ("time", string.Create(Plain, $"about {Duration(facts.Seconds!.Value)}, {1 / trial.SecondsPerImage:f0} images/s " +
            $"± {trial.Spread:p0} measured in a few steps of {trial.Batch} images; {trial.WaitShare:p0} of the time is waiting for views"));
        yield return ("memory", string.Create(Plain, $"about {ByteSize.Show(trial.PeakBytes(o))} of {ByteSize.Show(facts.MemoryBytes)}, " +
            $"from the same steps; batches or micro-batches of up to {trial.MostImages(facts.MemoryBytes)} images fit"));
        yield return ("disk", string.Create(Plain,
            $"{ByteSize.Show(trial.CheckpointBytes)} a checkpoint of {trial.Parameters / 1e6:f2} M parameters, " +
            $"{ByteSize.Show(facts.DiskBytes!.Value)} for the three that are kept and one being written"));
    }

    private JsonObject Json(DatasetScan part) => new()
    {
        ["images"] = part.Data.Count,
        ["decoded"] = part.Decoded,
        ["damaged"] = new JsonArray([.. part.Damaged.Select(bad => (JsonNode)bad.Reason)]),
        ["not_used"] = new JsonArray([.. part.Data.Omissions.Select(o =>
            (JsonNode)new JsonObject { ["what"] = o.What, ["count"] = o.Count, ["reason"] = o.Reason,
                ["example"] = o.Example, ["expected"] = o.IsExpected })]),
        ["repeated"] = part.Repeated,
        ["copies"] = Array(Copies(part)),
        ["smaller_than_views"] = Array(Names(part, part.ImagesSmallerThan(facts.Options.ImageSize))),
        ["elongated"] = Array(Names(part, part.ElongatedImages())),
        ["gray_share"] = part.GrayShare,
        ["shorter_side"] = Sides(part.Shorter),
        ["longer_side"] = Sides(part.Longer),
        ["class_counts"] = new JsonObject(part.ClassCounts.Zip(part.Data.Classes)
            .Select(c => KeyValuePair.Create(c.Second, (JsonNode?)c.First))),
    };

    private static JsonObject Sides((int Smallest, int Median, int Largest) sides) =>
        new() { ["least"] = sides.Smallest, ["median"] = sides.Median, ["most"] = sides.Largest };

    private JsonArray Texts(bool problems) => [.. findings.Where(finding => finding.IsProblem == problems)
        .Select(finding => (JsonNode)finding.Text)];

    private static string Duration(double seconds) => seconds switch
    {
        >= 2 * 86400 => string.Create(Plain, $"{seconds / 86400:f1} days"),
        >= 2 * 3600 => string.Create(Plain, $"{seconds / 3600:f1} hours"),
        >= 120 => string.Create(Plain, $"{seconds / 60:f0} minutes"),
        _ => string.Create(Plain, $"{seconds:f0} seconds"),
    };
}
