using System.Diagnostics;
using System.Globalization;
using SimClr.RunFolders;

namespace SimClr.Cli.Reports;

/// <summary>A run that is watched while it trains. Nothing is read or computed without a request.</summary>
/// <param name="folder">The folder of the run.</param>
/// <param name="name">The run's name on the page.</param>
/// <param name="evaluation">Does the work that needs the model and the images; null to leave it out.</param>
internal sealed class LiveRun(RunFolder folder, string name, LiveEvaluation? evaluation) : IDisposable
{
    private readonly Lock gate = new();
    private readonly MetricsFollower follower = new(folder);
    private ReportedRun? run;
    private (RunState State, long Saved, RunReport? Report, bool AtWork) seen;
    private IReadOnlyList<SavedEvaluation>? evaluations;
    private DateTime evaluated;
    private LiveState? newest;
    private long looked;

    /// <summary>The interval between two reads.</summary>
    public static TimeSpan Interval { get; } = TimeSpan.FromSeconds(1);

    /// <summary>The current state of the run. Thread-safe. The same object is returned until something changes.</summary>
    /// <exception cref="InvalidDataException">The folder never was a run folder. If it cannot be read later, the page says so.</exception>
    public LiveState Look()
    {
        lock (gate)
        {
            if (newest is not null && Stopwatch.GetElapsedTime(looked) < Interval / 2) return newest;
            looked = Stopwatch.GetTimestamp();
            try
            {
                return Read();
            }
            catch (Exception e) when (newest is not null
                && e is InvalidDataException or ConfigurationException or IOException or UnauthorizedAccessException)
            {
                run = null;
                return newest!.Data.Live == e.Message
                    ? newest : newest = newest with { Data = newest.Data with { Live = e.Message }, Ended = false };
            }
        }
    }

    private LiveState Read()
    {
        bool changed = follower.Read() | ReadEvaluations() || run is null;
        if (changed) run = new ReportedRun(folder, name, follower.Curves, evaluations);
        long saved = folder.Checkpoints().List().Select(c => c.Step).FirstOrDefault();
        evaluation?.Evaluate(saved);
        var now = (State: folder.State(run!.TotalSteps), saved, evaluation?.Report, AtWork: evaluation?.IsAtWork ?? false);
        if (!changed && now == seen) return newest!;
        seen = now;
        var data = RunProgress.Of(run);
        return newest = new(
            data with { Live = Status(now.State, now.AtWork), Notes = evaluation is null ? [.. data.Notes, Left] : data.Notes },
            now.Report,
            now.State == RunState.Finished && !now.AtWork);
    }

    // A stored report is renamed into its folder, so the time of the folder tells when it changed.
    private bool ReadEvaluations()
    {
        var last = Directory.GetLastWriteTimeUtc(folder.EvaluationsFolder);
        if (last == evaluated) return false;
        evaluated = last;
        try
        {
            evaluations = folder.Evaluations();
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            evaluations = null; // read again for the page, which then reports the problem
        }
        return true;
    }

    public void Dispose() => run?.Dispose();

    private string Left => $"Not shown here, because they would slow down the run: evaluation, map, neighbours and views. " +
        $"simclr watch --evaluate shows them for each checkpoint, simclr report {folder.Path} once.";

    private string Status(RunState state, bool evaluating)
    {
        var (steps, total) = (run!.Metrics.Steps, run.TotalSteps);
        string status = state switch
        {
            RunState.Finished => string.Create(CultureInfo.InvariantCulture, $"Finished: {steps:n0} steps."),
            RunState.Stopped => string.Create(CultureInfo.InvariantCulture, $"Stopped after step {steps:n0} of {total:n0}. " +
                $"Continue it with simclr pretrain --output {folder.Path} --resume; this page will follow."),
            _ when run.Metrics.Last("images_per_second") is { } speed and > 0 => string.Create(CultureInfo.InvariantCulture,
                $"Training: step {steps:n0} of {total:n0}, {speed:f0} images/s, " +
                    $"about {ReportedRun.Duration(TimeSpan.FromSeconds((total - steps) * run.Options.BatchSize / speed))} left."),
            _ => "Training: no step yet.",
        };
        return evaluating ? $"{status} The newest checkpoint is being evaluated." : status;
    }
}
