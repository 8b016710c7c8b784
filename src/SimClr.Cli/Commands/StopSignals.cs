using System.Globalization;
using System.Runtime.InteropServices;

namespace SimClr.Cli.Commands;

/// <summary>
/// Ctrl+C, SIGTERM and SIGHUP (a terminal or an ssh that went away) as a cancellation: the step at work ends, the run saves, and the exit code tells which
/// it was. A second SIGHUP does nothing, as shell and kernel both send one; a second Ctrl+C or SIGTERM ends the process at once, and so does a first one that the
/// command does not answer in time: a read from a file system that is away may never return.
/// </summary>
/// <remarks>What was ignored at the start stays so: SIGHUP under nohup, Ctrl+C of a shell's background job.</remarks>
internal sealed class StopSignals : IDisposable
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(20);

    private static readonly (PosixSignal Signal, int Number)[] Known = [(PosixSignal.SIGHUP, 1), (PosixSignal.SIGINT, 2), (PosixSignal.SIGTERM, 15)];

    // Before any is registered, which ends the ignoring.
    private static readonly ulong IgnoredAtStart = Ignored();

    private readonly CancellationTokenSource source;
    private volatile bool begun;
    private readonly PosixSignalRegistration[] registrations;
    private TimeSpan patience;
    private Timer? last;

    private StopSignals(CancellationToken outer)
    {
        source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        registrations =
        [
            .. from known in Known
               where (IgnoredAtStart >> (known.Number - 1) & 1) == 0
               select PosixSignalRegistration.Create(known.Signal, context => Stop(context, 128 + known.Number)),
        ];
    }

    public CancellationToken Token => source.Token;

    /// <summary>0 without a signal, 128 + its number with one.</summary>
    public int ExitCode { get; private set; }

    /// <summary>From here on somebody looks at <see cref="Token"/>. Before, a signal ends the process at once, as there is nothing to be saved.</summary>
    /// <param name="patience">How long the command has to end; <see cref="Timeout.InfiniteTimeSpan"/> for one that saves what only it has. Default 20 seconds.</param>
    public void Begin(TimeSpan? patience = null)
    {
        this.patience = patience ?? Usual;
        begun = true;
    }

    /// <summary>Runs a command that ends when it is told to.</summary>
    /// <param name="command">Gives its exit code, or lets the cancellation through.</param>
    /// <param name="outer">Ends it too.</param>
    /// <returns>The command's exit code, or the signal's.</returns>
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
        source.Cancel();
    }

    private static ulong Ignored()
    {
        const string Name = "SigIgn:";
        string? mask = File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal)) : null;
        return mask is null ? 0 : ulong.Parse(mask.AsSpan(Name.Length), NumberStyles.HexNumber | NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        foreach (var registration in registrations) registration.Dispose();
        last?.Dispose();
        source.Dispose();
    }
}
