using SimClr.Cli.Output;
using SimClr.Distributed;
using SimClr.Runtime;

namespace SimClr.Cli.Commands;

/// <summary>A command that several processes run together. Rank 0 prints for all; the others print only failures.</summary>
internal static class RankedCommand
{
    /// <summary>
    /// How long the other ranks wait before they print a failure. If all ranks fail alike, rank 0 prints it once and ends them before.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The launcher of this process, from its environment.</summary>
    public static MpiLauncher Launcher { get; } = MpiLauncher.Of(Environment.GetEnvironmentVariable);

    /// <summary>Runs a command on every rank. A failure is reported with the rank and its host, and ends all ranks.</summary>
    public static Task<int> RunAsync(Func<Ranks, Task<int>> command)
    {
        if (Launcher.Size > 1) ProcessSettings.ForTraining(); // ranks load libtorch first
        return Ranks.RunAsync(Launcher, command, Fail);
    }

    /// <summary>The terminal of a rank: rank 0's, or a silent one.</summary>
    public static Terminal Of(this Ranks ranks, Terminal terminal) =>
        ranks.IsFirst ? terminal : new Terminal(quiet: true) { IsSilent = true };

    private static int Fail(Ranks ranks, Exception e)
    {
        if (!ranks.IsFirst) Thread.Sleep(Patience);
        Console.Error.WriteLine(ErrorReport.Text(e, ranks.IsFirst && ErrorReport.IsMendable(e) ? "" : ranks.Name(ranks.Rank)));
        Console.Error.Flush();
        return ErrorReport.ExitCode(e);
    }
}
