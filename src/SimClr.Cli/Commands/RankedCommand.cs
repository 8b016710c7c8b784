using SimClr.Cli.Output;
using SimClr.Distributed;
using SimClr.Runtime;

namespace SimClr.Cli.Commands;

/// <summary>A command that several processes run together. Rank 0 speaks for all; the others speak only when they fail.</summary>
internal static class RankedCommand
{
    /// <summary>How long the other ranks wait before they speak: what fails on all ranks, rank 0 tells once, and ends them before they do.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>What started this process, by its environment.</summary>
    public static MpiLauncher Launcher { get; } = MpiLauncher.Of(Environment.GetEnvironmentVariable);

    /// <summary>Runs a command on every rank; a failure on one is told with its name and host, and ends all.</summary>
    public static Task<int> RunAsync(Func<Ranks, Task<int>> command)
    {
        if (Launcher.Size > 1) ProcessSettings.ForTraining(); // ranks load libtorch first of all
        return Ranks.RunAsync(Launcher, command, Fail);
    }

    /// <summary>Where a rank speaks: rank 0's terminal, or nowhere.</summary>
    public static Terminal Of(this Ranks ranks, Terminal terminal) => ranks.IsFirst ? terminal : new Terminal(quiet: true) { IsSilent = true };

    private static int Fail(Ranks ranks, Exception e)
    {
        if (!ranks.IsFirst) Thread.Sleep(Patience);
        Console.Error.WriteLine(ErrorReport.Text(e, ranks.IsFirst && ErrorReport.IsMendable(e) ? "" : ranks.Name(ranks.Rank)));
        Console.Error.Flush();
        return ErrorReport.ExitCode(e);
    }
}
