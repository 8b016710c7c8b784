using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using SimClr.Fuzz.Mutations;
using SimClr.Fuzz.Readers;

namespace SimClr.Fuzz.Running;

/// <summary>
/// A process that gives mutated files to readers, one after the other, and records the outcomes. It may crash; <see cref="Overseer"/>
/// starts it again.
/// </summary>
internal static partial class Worker
{
    public const string Argument = "--worker", ProgressFile = "progress", FaultsFile = "faults.jsonl", RowsFile = "rows.jsonl", InputsFolder = "inputs";

    /// <summary>The exit code after an input that did not end in time.</summary>
    public const int Hung = 99;

    private static readonly TimeSpan MostWork = TimeSpan.FromSeconds(10), MostWaiting = TimeSpan.FromMinutes(10);

    /// <param name="arguments">A folder, the number of mutations, the seed, the readers' names.</param>
    public static int Run(string[] arguments)
    {
        string folder = arguments[0];
        int mutations = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        long seed = long.Parse(arguments[2], CultureInfo.InvariantCulture);
        FuzzReader[] readers = [.. arguments[3..].Select(name => ReaderCatalog.All.First(reader => reader.Name == name))];
        // The stack size of every thread except the first; a server and most of the program run with it.
        var thread = new Thread(() => Work(folder, mutations, seed, readers));
        thread.Start();
        thread.Join();
        return 0;
    }

    private static void Work(string folder, int mutations, long seed, FuzzReader[] readers)
    {
        string path = Path.Combine(folder, ProgressFile);
        var at = Progress.Load(path);
        using var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write);
        using var watch = new Watch(MostWork, MostWaiting, why =>
        {
            Tell(folder, new Fault(readers[at.Reader].Name, seed, at.Mutation, Verdict.Hang, why));
            Exit(Hung);
        });
        for (; at.Reader < readers.Length; at = new Progress { Reader = at.Reader + 1, Mutation = -1 })
        {
            var reader = readers[at.Reader];
            var trial = new Trial(reader, Path.Combine(folder, "trial-" + reader.Purpose.ToString(CultureInfo.InvariantCulture)));
            int count = Math.Max(1, mutations / reader.OneIn);
            while (++at.Mutation < count)
            {
                at.Save(file);
                byte[] input = Mutator.Make(reader, seed, at.Mutation);
                watch.Begin();
                var outcome = trial.Run(input);
                watch.End();
                Count(ref at, outcome);
                if (outcome.Verdict is Verdict.Accepted or Verdict.Refused) continue;
                Tell(folder, new Fault(reader.Name, seed, at.Mutation, outcome.Verdict, outcome.What));
                Keep(folder, reader, at.Mutation, input);
            }
            at.Finish(folder, reader, count);
        }
        at.Save(file);
    }

    private static void Count(ref Progress at, in Outcome outcome)
    {
        if (outcome.Verdict == Verdict.Accepted) at.Accepted++;
        if (outcome.Verdict == Verdict.Refused) at.Refused++;
        at.MostManaged = Math.Max(at.MostManaged, outcome.Managed);
        at.MostResident = Math.Max(at.MostResident, outcome.Resident);
        if (outcome.Time.TotalMilliseconds >= at.LongestMilliseconds) (at.LongestMilliseconds, at.Slowest) = ((long)outcome.Time.TotalMilliseconds, at.Mutation);
        at.Ticks += outcome.Time.Ticks;
    }

    internal static void Tell(string folder, Fault fault) => File.AppendAllText(Path.Combine(folder, FaultsFile), JsonSerializer.Serialize(fault) + "\n");

    internal static void Keep(string folder, FuzzReader reader, int mutation, byte[] input)
    {
        string kept = Path.Combine(folder, InputsFolder, $"{reader.Purpose}-{mutation}-{Path.GetFileName(reader.File)}");
        Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
        if (Directory.GetFiles(Path.GetDirectoryName(kept)!, $"{reader.Purpose}-*").Length < 50) File.WriteAllBytes(kept, input);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int code);
}
