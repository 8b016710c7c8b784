using SimClr.Cli.Output;
using SimClr.RunFolders;
using static TorchSharp.torch;

namespace SimClr.Cli.Reports;

/// <summary>Evaluates checkpoints of a run on its own thread, one at a time, always the newest.</summary>
internal sealed class LiveEvaluation(RunFolder folder, string name, ReportRequest request,
    Device device, Terminal terminal, CancellationToken cancellationToken)
{
    private Task work = Task.CompletedTask;
    private long begun = -1;
    private volatile RunReport? report;

    /// <summary>The report of the newest evaluated checkpoint.</summary>
    public RunReport? Report => report;

    /// <summary>Whether a checkpoint is being evaluated.</summary>
    public bool IsAtWork => !work.IsCompleted;

    /// <summary>Starts evaluating a checkpoint, unless it is already evaluated or another one is in progress.</summary>
    /// <param name="step">The step of the newest checkpoint; 0 for none.</param>
    public void Evaluate(long step)
    {
        if (step <= 0 || step == begun || IsAtWork) return;
        begun = step;
        work = Task.Run(EvaluateAsync, cancellationToken);
    }

    private async Task EvaluateAsync()
    {
        try
        {
            using var run = await ReportedRun.OpenAsync(folder, name, request, device, terminal, cancellationToken);
            var made = new RunReport(run, request, device, terminal);
            made.Evaluate();
            report = made;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            terminal.Warn($"The checkpoint of step {begun} was not evaluated: {e.Message}");
        }
    }
}
