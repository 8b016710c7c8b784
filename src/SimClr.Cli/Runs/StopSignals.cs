using System.Runtime.InteropServices;

namespace SimClr.Cli.Runs;

/// <summary>Ctrl+C and SIGTERM as a cancellation: the step at work ends, the run saves, and the exit code tells which it was. A second signal ends the process at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource source;
    private readonly PosixSignalRegistration[] registrations;

    public StopSignals(CancellationToken outer)
    {
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
        if (context.Cancel) source.Cancel();
    }

    public void Dispose()
    {
        foreach (var registration in registrations) registration.Dispose();
        source.Dispose();
    }
}
