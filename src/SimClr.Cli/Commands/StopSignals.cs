using System.Runtime.InteropServices;
using SimClr.Cli.Output;

namespace SimClr.Cli.Commands;

/// <summary>
/// Turns Ctrl+C, SIGTERM and SIGHUP (a closed terminal or ssh connection) into a cancellation: the current step ends, the run saves, and
/// the exit code says which signal it was. A second SIGHUP has no effect, because shell and kernel both send one. A second Ctrl+C or
/// SIGTERM ends the process at once. So does a first one if the command does not end in time: a read from an unavailable file system may
/// never return.
/// </summary>
/// <remarks>
/// Windows: Ctrl+Break is as Ctrl+C, the close of the console as SIGHUP, the end of the session as SIGTERM; the system allows about five
/// seconds for the last two. Signals that were ignored at the start stay ignored: SIGHUP under nohup, Ctrl+C for a background job of a
/// shell.
/// </remarks>
internal sealed class StopSignals : IDisposable
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(20);

    // Read before any signal is registered, because that ends the ignoring.
    private static readonly ulong IgnoredAtStart = HostConsole.Current.IgnoredSignals();

    private readonly CancellationTokenSource source;
    private volatile bool begun, handlerWaits;
    private readonly PosixSignalRegistration[] registrations;
    private TimeSpan patience;
    private Timer? last;

    private StopSignals(CancellationToken outer)
    {
        source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        registrations =
        [
            .. from known in HostConsole.Current.StopSignals
               where (IgnoredAtStart >> (known.Number - 1) & 1) == 0
               select PosixSignalRegistration.Create(known.Signal, context => Stop(context, 128 + known.Number)),
        ];
    }

    public CancellationToken Token => source.Token;

    /// <summary>0 without a signal, 128 + its number after one.</summary>
    public int ExitCode { get; private set; }

    /// <summary>
    /// From here on <see cref="Token"/> is used. Before, a signal ends the process at once, because there is nothing to save.
    /// </summary>
    /// <param name="patience">
    /// How long the command may take to end; <see cref="Timeout.InfiniteTimeSpan"/> if it must save. Default 20 seconds.
    /// </param>
    public void Begin(TimeSpan? patience = null)
    {
        this.patience = patience ?? Usual;
        begun = true;
    }

    /// <summary>Runs a command that can be cancelled.</summary>
    /// <param name="command">Returns its exit code, or throws the cancellationToken.</param>
    /// <param name="outer">Cancels it too.</param>
    /// <returns>The exit code of the command or of the signal.</returns>
    public static async Task<int> RunAsync(Func<StopSignals, Task<int>> command, CancellationToken outer)
    {
        using var signals = new StopSignals(outer);
        try
        {
            return await command(signals);
        }
        catch (OperationCanceledException) when (signals.ExitCode != 0)
        {
            return signals.ExitCode;
        }
    }

    private void Stop(PosixSignalContext context, int exitCode)
    {
        if (!begun) return;
        bool first = ExitCode == 0;
        context.Cancel = first || context.Signal == PosixSignal.SIGHUP;
        if (!first) return;
        ExitCode = exitCode;
        last = new Timer(_ => Environment.Exit(exitCode), null, patience, Timeout.InfiniteTimeSpan);
        handlerWaits = HostConsole.Current.EndsWithHandler(context.Signal);
        source.Cancel();
        if (handlerWaits) Thread.Sleep(Timeout.Infinite); // the command saves meanwhile, and its end ends the process
    }

    public void Dispose()
    {
        // To remove a handler that is at work would wait for its end.
        if (!handlerWaits) foreach (var registration in registrations) registration.Dispose();
        last?.Dispose();
        source.Dispose();
    }
}
