using System.Globalization;
using SimClr.Fuzz.Readers;

namespace SimClr.Fuzz.Running;

/// <summary>Runs a number of mutations for all or some readers, in a few parallel processes.</summary>
internal sealed class FuzzRun
{
    private FuzzRun(IEnumerable<ReaderRow> rows, IEnumerable<Fault> faults)
    {
        Faults = [.. faults];
        Rows = [.. rows];
    }

    public IReadOnlyList<ReaderRow> Rows { get; }

    public IReadOnlyList<Fault> Faults { get; }

    /// <param name="readers">The readers.</param>
    /// <param name="mutations">The mutations per reader; fewer for the slow ones.</param>
    /// <param name="seed">Determines the mutations.</param>
    /// <param name="jobs">The number of processes.</param>
    /// <param name="keep">The folder for inputs with faults; null to keep none.</param>
    public static FuzzRun Execute(IReadOnlyList<FuzzReader> readers, int mutations, long seed, int jobs, string? keep = null)
    {
        // In memory if such a folder exists, because a million small files are written.
        string folder = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"simclr-fuzz-{Environment.ProcessId}-{Guid.NewGuid():N}");
        try
        {
            var runs = Enumerable.Range(0, jobs).Select(job => new Overseer(Path.Combine(folder, $"{job}"), mutations, seed, [.. readers.Where((_, i) => i % jobs == job)]))
                .Select(overseer => Task.Factory.StartNew(overseer.Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToList();
            var done = runs.Select(run => run.GetAwaiter().GetResult()).ToList();
            if (keep is not null) Collect(folder, keep);
            var order = readers.Select((reader, i) => (reader.Name, i)).ToDictionary(r => r.Name, r => r.i);
            return new FuzzRun(done.SelectMany(d => d.Rows).OrderBy(row => order[row.Reader]), done.SelectMany(d => d.Faults).OrderBy(fault => order[fault.Reader]));
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A line per reader, as a Markdown table.</summary>
    public string Table()
    {
        var lines = new List<string>
        {
            "| reader | inputs | accepted | refused by name | not by name | wrong exception | impossible | memory | hangs | crashes | most managed, MB | most resident, MB | longest, ms | of mutation | time, s |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
        };
        foreach (var row in Rows)
        {
            int Of(Verdict kind) => Faults.Count(fault => fault.Reader == row.Reader && fault.Kind == kind);
            lines.Add(string.Create(CultureInfo.InvariantCulture,
                $"| {row.Reader} | {row.Inputs} | {row.Accepted} | {row.Refused} | {Of(Verdict.Unnamed)} | {Of(Verdict.WrongException)} | {Of(Verdict.Impossible)} | {Of(Verdict.Memory)} | {Of(Verdict.Hang)} | {Of(Verdict.Crash)} | {row.MostManaged / 1e6:f1} | {row.MostResident / 1e6:f1} | {row.LongestMilliseconds} | {row.Slowest} | {row.Seconds:f1} |"));
        }
        lines.Add(string.Create(CultureInfo.InvariantCulture, $"{Rows.Sum(row => row.Inputs)} inputs, {Faults.Count} faults"));
        return string.Join('\n', lines);
    }

    /// <summary>The faults by kind: their number and the first one.</summary>
    public string Kinds() => string.Join('\n', Faults.GroupBy(fault => (fault.Reader, fault.Kind, Signature(fault.What))).OrderByDescending(group => group.Count())
        .Select(group => $"{group.Count()} × {group.First()}"));

    // Without numbers and quoted texts, which differ between inputs.
    private static string Signature(string what)
    {
        string exception = what.Split(':', 2)[0], at = what.LastIndexOf(" at ", StringComparison.Ordinal) is >= 0 and var place ? what[place..] : "";
        return string.Concat(exception.Where(c => c is not '-' && !char.IsDigit(c))) + at;
    }

    private static void Collect(string folder, string keep)
    {
        foreach (string file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(Path.GetDirectoryName(file)) == Worker.InputsFolder || Path.GetFileName(file) == Worker.FaultsFile))
        {
            Directory.CreateDirectory(keep);
            string target = Path.Combine(keep, Path.GetFileName(file));
            if (Path.GetFileName(file) == Worker.FaultsFile) File.AppendAllText(target, File.ReadAllText(file));
            else File.Copy(file, target, overwrite: true);
        }
    }
}
