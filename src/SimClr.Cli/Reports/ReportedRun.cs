using System.Globalization;
using SimClr.Cli.Output;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Pretraining;
using SimClr.Recipes;
using SimClr.RunFolders;
using static TorchSharp.torch;

namespace SimClr.Cli.Reports;

/// <summary>A run folder for a report. Parts may be missing; then a note says what and why.</summary>
internal sealed class ReportedRun : IDisposable
{
    private readonly List<string> notes = [];

    /// <summary>Opens a run folder without its model and images.</summary>
    /// <param name="folder">The folder of the run.</param>
    /// <param name="name">The run's name on the page.</param>
    /// <param name="metrics">Its metrics, as far as they have been read.</param>
    /// <param name="evaluations">Its stored evaluations; null: they are read.</param>
    /// <exception cref="InvalidDataException">The folder is not a run folder, or its recipe or settings are damaged.</exception>
    public ReportedRun(RunFolder folder, string name, MetricCurves metrics, IReadOnlyList<SavedEvaluation>? evaluations = null)
    {
        if (!folder.Exists) throw new InvalidDataException($"{folder.Path} is not a run folder: it has no recipe.yaml and run.json.");
        (Folder, Name) = (folder, name);
        (Options, Settings, Metrics) = (folder.ReadOptions(), folder.ReadSettings(), metrics);
        Curves = Metrics.For(name, Options.BatchSize);
        if (evaluations is null) Attempt("no saved evaluation", () => evaluations = folder.Evaluations());
        Evaluations = evaluations ?? [];
        if (Settings.Augmentations.Count > 0)
            notes.Add($"{name}: views and losses are shown without the run's custom augmentations " +
                $"({string.Join(", ", Settings.Augmentations)}), which are not in its recipe.");
        if (Metrics.Steps == 0) notes.Add($"{name}: no curves: metrics.jsonl has no step yet.");
        if (Metrics.DamagedLines > 0) notes.Add($"{name}: {Metrics.DamagedLines} damaged lines of metrics.jsonl were ignored.");
    }

    public RunFolder Folder { get; }

    public string Name { get; }

    public PretrainOptions Options { get; }

    public RunSettings Settings { get; }

    public MetricCurves Metrics { get; }

    public RunCurves Curves { get; }

    /// <summary>The evaluations stored by <c>simclr evaluate</c>, newest first.</summary>
    public IReadOnlyList<SavedEvaluation> Evaluations { get; }

    /// <summary>The model of the newest checkpoint; null if there is none.</summary>
    public TrainedEncoder? Model { get; private set; }

    /// <summary>The images; null if they cannot be found.</summary>
    public ImageSource? Source { get; private set; }

    /// <summary>What is missing, and why.</summary>
    public IReadOnlyList<string> Notes => notes;

    /// <summary>The steps of the whole run.</summary>
    public long TotalSteps => Settings.TotalSteps(Options);

    /// <summary>Reads a run folder.</summary>
    /// <param name="folder">The folder of the run.</param>
    /// <param name="name">The run's name on the page.</param>
    /// <param name="request">The images of the report.</param>
    /// <param name="device">The device of its model.</param>
    /// <param name="terminal">Receives progress.</param>
    /// <param name="cancellationToken">Cancels a download.</param>
    /// <exception cref="InvalidDataException">The folder is not a run folder, or its recipe or settings are damaged.</exception>
    public static async Task<ReportedRun> OpenAsync(RunFolder folder, string name, ReportRequest request,
        Device device, Terminal terminal, CancellationToken cancellationToken)
    {
        var run = new ReportedRun(folder, name, MetricCurves.Read(folder));
        run.Attempt("no evaluation, neighbours and map", () =>
            run.Model = TrainedEncoder.Load(folder.Path, device, terminal, request.TrustScript));
        try
        {
            run.Source = await run.Settings.FindImagesAsync(request.Data, request.Downloads, terminal, cancellationToken);
            run.Source.ForPretraining(null, 0);
        }
        catch (Exception e) when (IsMissing(e))
        {
            run.Source = null;
            run.notes.Add($"{name}: no images and no evaluation: {e.Message}");
        }
        return run;
    }

    /// <summary>Runs an action that may fail because a file is missing, and notes why.</summary>
    /// <param name="what">The part of the report that is then missing.</param>
    /// <param name="action">Called at once.</param>
    public void Attempt(string what, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (IsMissing(e))
        {
            notes.Add($"{Name}: {what}: {e.Message}");
        }
    }

    /// <summary>The facts of a run, for a table.</summary>
    public IReadOnlyList<(string Name, string Value)> Facts() =>
    [
        ("data", $"{Settings.DataName ?? Settings.Place}, {Settings.ImageCount} images" +
            $"{(Settings.Limit is { } n ? $" (--limit {n})" : "")}"),
        ("data path", Settings.Data is null ? "from a program" : Settings.Place!),
        .. Settings.Groups is { } groups ? [("positives", RunFacts.Positives(Options, groups, Settings.GroupColumn))]
            : Array.Empty<(string, string)>(),
        ("encoder", $"{RunFacts.Encoder(Options)}{(Model is null ? "" : $", {RunFacts.Size(Model.Model)}")}{RunFacts.Frozen(Options)}"),
        ("started from", Settings.Weights ?? "random weights"),
        .. Settings.Teacher is { } teacher ? [("teacher", teacher.ToString())] : Array.Empty<(string, string)>(),
        ("loss", RunFacts.Loss(Options, Settings.Loss)),
        ("optimizer", $"{OptionType.Write(Options.Optimizer.Kind)}, {RunFacts.PeakRate(Options)}, " +
            $"{RunFacts.Warmup(Options.Optimizer.WarmupEpochs)}, cosine to 0"),
        ("steps", string.Create(CultureInfo.InvariantCulture,
            $"{Metrics.Steps:n0} of {TotalSteps:n0}, {Options.BatchSize} {RunFacts.Unit(Options)} each")),
        ($"{RunFacts.Unit(Options)} seen", string.Create(CultureInfo.InvariantCulture, $"{Metrics.Steps * Options.BatchSize:n0}")),
        ("wall time", Duration(Metrics.Time)),
        ("weights", Model?.Source ?? Folder.Checkpoints().List().Select(c => c.Path).FirstOrDefault("none saved yet")),
        ("program", Settings.Version ?? "unknown"),
        ("folder", Folder.Path),
    ];

    /// <summary>A duration as text.</summary>
    public static string Duration(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes} min"
        : time.TotalMinutes >= 1 ? $"{(int)time.TotalMinutes} min {time.Seconds} s" : $"{(int)time.TotalSeconds} s";

    private static bool IsMissing(Exception e) =>
        e is InvalidDataException or ConfigurationException or IOException or UnauthorizedAccessException
            or HttpRequestException or ArgumentException;

    public void Dispose() => Model?.Dispose();
}
