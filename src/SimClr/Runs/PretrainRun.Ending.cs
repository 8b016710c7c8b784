using SimClr.Checkpoints;
using SimClr.Pretraining;
using SimClr.RunFolders;

namespace SimClr.Runs;

// How a run ends that cannot go on.
public sealed partial class PretrainRun
{
    // Whatever fails, the last step is on the disk first; but what diverged is not kept.
    private void SaveBeforeItEnds(Pretrainer pretrainer, CheckpointStore checkpoints, BatchesBeforeFailure batches, Action train, CancellationToken cancellation)
    {
        try
        {
            train();
        }
        catch (Exception e) when (e is not TrainingDivergedException)
        {
            Save();
            batches.ThrowIfFailed(); // within a step
            throw;
        }
        ranks.Communicator.Barrier(); // the others' failures do not end the first before it has saved
        if (batches.Failure is null || (batches.Failure is OperationCanceledException && cancellation.IsCancellationRequested)) return;
        Tell();
        batches.ThrowIfFailed();

        void Save()
        {
            try
            {
                if (ranks.IsFirst && checkpoints.List().All(saved => saved.Step != pretrainer.Step)) RunCheckpoint.Save(checkpoints, pretrainer);
                Tell();
            }
            catch (Exception e) // why the run ends is told, not what comes of it
            {
                messages.Warn($"The steps after the last checkpoint could not be saved: {e.Message}");
            }
        }

        void Tell()
        {
            if (ranks.IsFirst) messages.Note($"Saved after step {pretrainer.Step}; --resume goes on.");
        }
    }
}
