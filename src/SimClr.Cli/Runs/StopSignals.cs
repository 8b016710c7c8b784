using System.Runtime.InteropServices;

namespace SimClr.Cli.Runs;

/// <summary>Ctrl+C and SIGTERM as a cancellation: the step at work ends, the run saves, and the exit code tells which it was. A second signal ends the process at once.
/// So does the first where the command does not answer: a read from a file system that is away may never return.</summary>
internal sealed class StopSignals : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource source;
    private readonly PosixSignalRegistration[] registrations;
    private readonly TimeSpan patience;

    private Timer? last;

    /// <param name="outer">Cancels too.</param>
    /// <param name="patience">How long the command has to end; <see cref="Timeout.InfiniteTimeSpan"/> for one that saves what only it has. Default 20 seconds.</param>
    public StopSignals(CancellationToken outer, TimeSpan? patience = null)
    {
        this.patience = patience ?? Patience;
        source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, 130)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, 143)),
        ];
    }

    public CancellationToken Token => source.Token;

    /// <summary>0 without a signal, 128 + its number with one.</summary>
    public int ExitCode { get; private set; }

    private void Stop(PosixSignalContext context, int exitCode)
    {
        context.Cancel = ExitCode == 0;
        ExitCode = exitCode;
        if (!context.Cancel) return;
        last = new Timer(_ => Environment.Exit(exitCode), null, patience, Timeout.InfiniteTimeSpan);
        source.Cancel();
    }

    public void Dispose()
    {
        foreach (var registration in registrations) registration.Dispose();
        last?.Dispose();
        source.Dispose();
    }
}
