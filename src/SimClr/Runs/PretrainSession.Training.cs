using System.Diagnostics;
using SimClr.Datasets;
using SimClr.Distributed;
using SimClr.IO;
using SimClr.Pretraining;
using SimClr.RunFolders;

namespace SimClr.Runs;

// The steps, and how a run ends.
internal sealed partial class PretrainSession
{
    private readonly ThroughputMeter pace;
    private double? knn;
    private double talked, talking; // seconds spent exchanging with other ranks: in total, and in the last step
    private long first, began, saved;

    /// <summary>
    /// Trains to the end, or until it is cancelled. After any failure the last step is saved first, except after a divergence.
    /// </summary>
    /// <param name="cancellationToken">Ends it after the current step.</param>
    public IEnumerable<StepMetrics> Train(CancellationToken cancellationToken)
    {
        using var activity = RunTelemetry.StartRun(folder, settings, pretrainer);
        var batches = new BatchesBeforeFailure(loader.Batches(pretrainer.Step, pretrainer.TotalSteps));
        using var steps = Steps(batches, cancellationToken).GetEnumerator();
        bool ended = false;
        try
        {
            while (BatchSizeSearch.Say(pretrainer, MoveNext)) yield return steps.Current;
        }
        finally
        {
            if (!ended) SaveLast(); // the caller has stopped or failed
        }
        ranks.Communicator.Barrier(); // keeps another rank's failure from ending the first rank before it has saved
        bool cancelled = batches.Failure is OperationCanceledException && cancellationToken.IsCancellationRequested;
        if (batches.Failure is null || cancelled) yield break;
        TellWhatIsSaved();
        batches.ThrowIfFailed();

        bool MoveNext()
        {
            try
            {
                ended = !steps.MoveNext();
                return !ended;
            }
            catch (Exception e)
            {
                ended = true;
                activity?.SetStatus(ActivityStatusCode.Error, e.Message);
                if (e is TrainingDivergedException) throw;
                SaveLast();
                batches.ThrowIfFailed(); // throws during a step
                throw;
            }
        }
    }

    private IEnumerable<StepMetrics> Steps(BatchesBeforeFailure batches, CancellationToken cancellationToken)
    {
        saved = first = pretrainer.Step;
        (began, talked) = (how.Time.GetTimestamp(), ranks.Seconds);
        bool collapsed = false;
        foreach (var step in pretrainer.Steps(pace.Waiting(batches.All()), cancellationToken))
        {
            pace.Step();
            talking = ranks.Seconds - talked;
            talked = ranks.Seconds;
            var found = step.Step == pretrainer.Step ? probes.Knn(pretrainer) : null; // else the next step is already enqueued
            knn = found ?? knn;
            log?.Write(step, pace.ImagesPerSecond, pace.DataWait, found, ranks.Size > 1 ? talking : null);
            RunTelemetry.Record(step, pace, pretrainer.Options.BatchSize / ranks.Size);
            if (step.Step == first + 1 && pretrainer.UnusedParameters is { Count: > 0 } unused) messages.Note(UnusedText(unused));
            if (step.Collapsed && !collapsed) messages.Warn(CollapseOf(step, pretrainer.Options));
            collapsed |= step.Collapsed;
            damagedImages.Write(loader.Resident?.BadImages ?? loader.BadImages);
            yield return step;
            if (step.Step % saveEvery == 0) Save();
        }
        Save();
    }

    private void Save()
    {
        if (!ranks.IsFirst || (saved == pretrainer.Step && checkpoints.List().Count > 0)) return;
        using var activity = RunTelemetry.StartSave(pretrainer.Step);
        RunCheckpoint.Save(checkpoints, pretrainer);
        saved = pretrainer.Step;
    }

    private void SaveLast()
    {
        try
        {
            Save();
            TellWhatIsSaved();
        }
        catch (Exception e) // the first failure is reported, not its consequences
        {
            messages.Warn($"The steps after the last checkpoint could not be saved: {e.Message}");
        }
    }

    /// <summary>Reports how the run ended.</summary>
    /// <returns>Whether all steps are done.</returns>
    public bool Conclude()
    {
        bool done = pretrainer.Step == pretrainer.TotalSteps;
        damagedImages.WriteTotal(BadImagesOfAll([.. loader.BadImages, .. loader.Resident?.BadImages ?? []]));
        if (pace.WaitingInAll > NotableWait)
        {
            bool large = !pretrainer.Options.ReducedDecoding && largestSide >= 4 * pretrainer.Options.ImageSize;
            messages.Note($"The steps waited {Percent.WithSign(pace.WaitingInAll)} of their time for images (data_wait " +
                $"in metrics.jsonl): reading or decoding images limits this " +
                $"run.{(large ? " Shrink the files once (simclr pack --short-side), or use --set reduced-decoding=true." : "")}");
        }
        string place = folder.Path.Contains(' ', StringComparison.Ordinal) ? $"\"{folder.Path}\"" : folder.Path;
        messages.Note(done
            ? $"Done: {pretrainer.Step} steps. Evaluate the encoder with simclr evaluate knn --weights {place} --data …. " +
                $"To train longer, start a new run from it: simclr pretrain --weights {place} --output NEW …"
            : $"Stopped after step {pretrainer.Step} of {pretrainer.TotalSteps}. Continue with --resume" +
                $"{(how.Loss is null ? $": simclr pretrain --resume --output {place}" : ".")}");
        return done;
    }

    // Each rank finds the damaged images of its own share.
    private int BadImagesOfAll(IEnumerable<BadImage> own) => ranks.Communicator
        .AllGather(string.Join('\n', own.Select(bad => bad.Index)))
        .SelectMany(indices => indices.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Distinct().Count();
}
