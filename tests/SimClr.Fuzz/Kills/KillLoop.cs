using System.Globalization;
using System.Text.Json.Nodes;
using SimClr.Checkpoints;
using SimClr.Randomness;
using SimClr.Tests;

namespace SimClr.Fuzz.Kills;

/// <summary>Kills the program at random times, resumes it, and compares the final result with that of a run without kills.</summary>
internal sealed class KillLoop(Killable work, long seed) : IDisposable
{
    public const int Hup = 1, Int = 2, Kill = 9, Term = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly TempFolder folder = new();
    private CounterRandom random = CounterRandom.For(seed, 0xdead, 0);

    /// <summary>The number of kills before the program finished.</summary>
    public int Kills { get; private set; }

    /// <summary>The errors, a sentence each.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>Runs rounds until the given number of kills has hit.</summary>
    /// <param name="kills">The number of kills.</param>
    /// <param name="signals">The signals to use.</param>
    public void Run(int kills, params int[] signals)
    {
        string straight = work.Folder(folder.Root, "straight");
        var (whole, expected) = (Whole(work.Begin(straight)), work.Fingerprint(straight));
        for (int round = 0; Kills < kills && round < 4 * kills; round++)
        {
            string at = work.Folder(folder.Root, $"round-{round}");
            bool begun = false;
            for (int i = 0; i < 3 && Kills < kills; i++)
            {
                if (!Interrupted(begun ? work.Resume(at) : work.Begin(at), at, whole, signals[random.Below(signals.Length)])) break;
                begun = IsBegun(at);
            }
            using (var last = ProgramRun.Start(IsBegun(at) ? work.Resume(at) : work.Begin(at)))
            {
                if (!last.Wait(Patience) || last.ExitCode != 0) Problems.Add($"round {round}: it does not go on: exit code {last.ExitCode}, {last.Error.Trim()}");
                else if (work.Fingerprint(at) is var got && got != expected) Problems.Add($"round {round}: other bytes:\n{got}\ninstead of\n{expected}");
            }
            Directory.Delete(at, recursive: true);
        }
    }

    // At any time between the start and the end.
    private bool Interrupted(string command, string at, TimeSpan whole, int signal)
    {
        using var program = ProgramRun.Start(command);
        Thread.Sleep(random.NextDouble() * 1.1 * whole);
        if (program.HasEnded) return false;
        program.Signal(signal);
        if (!program.Wait(Patience))
        {
            Problems.Add($"signal {signal} does not end it");
            return true;
        }
        if (program.ExitCode == 0) return false;
        Kills++;
        if (program.ExitCode != 128 + signal) Problems.Add($"signal {signal} gives the exit code {program.ExitCode}: {program.Error.Trim()}");
        if (signal != Kill && LostSteps(at) is > 0 and var lost) Problems.Add($"signal {signal} loses {lost} steps");
        return true;
    }

    // Steps in metrics.jsonl that no checkpoint contains.
    private static long LostSteps(string at)
    {
        string run = Path.Combine(at, "run"), metrics = Path.Combine(run, "metrics.jsonl");
        if (!File.Exists(metrics) || File.ReadLines(metrics).LastOrDefault() is not { } line) return 0;
        return (long)JsonNode.Parse(line)!["step"]! - new CheckpointStore(Path.Combine(run, "checkpoints"), 1).List().Select(c => c.Step).FirstOrDefault();
    }

    private static bool IsBegun(string at) => Directory.EnumerateFileSystemEntries(at).Any(entry => Path.GetExtension(entry) is not ".tar");

    private static TimeSpan Whole(string command)
    {
        var run = ProgramRun.Run(command);
        if (run.ExitCode != 0) throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"simclr {command} ends with {run.ExitCode}: {run.Error}"));
        return run.Time;
    }

    public void Dispose() => folder.Dispose();
}
