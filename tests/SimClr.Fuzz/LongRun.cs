using System.Globalization;
using SimClr.Fuzz.Corpus;
using SimClr.Fuzz.Hostile;
using SimClr.Fuzz.Kills;
using SimClr.Fuzz.Mutations;
using SimClr.Fuzz.Readers;
using SimClr.Fuzz.Running;
using SimClr.Tests;

namespace SimClr.Fuzz;

/// <summary>
/// The long runs on the command line, beside the tests. They print their results.
/// <c>--mutations N [--reader NAME]… [--jobs N] [--keep FOLDER]</c>, <c>--only MUTATION --reader NAME [--keep FOLDER]</c>,
/// <c>--hostile</c>, <c>--kills N</c>, <c>--disks N</c>, <c>--corpus FOLDER</c>; for all <c>--seed N</c>.
/// </summary>
internal sealed class LongRun
{
    private readonly string[] arguments;

    private LongRun(string[] arguments) => this.arguments = arguments;

    public static bool IsAskedFor(string[] arguments) => arguments.Any(argument => argument is "--mutations" or "--only" or "--hostile" or "--kills" or "--disks" or "--corpus");

    /// <returns>0 without errors, otherwise 1.</returns>
    public static int Run(string[] arguments)
    {
        var run = new LongRun(arguments);
        int problems = 0;
        if (run.Value("--mutations") is not null) problems += run.Mutate();
        if (run.Value("--only") is not null) problems += run.Repeat();
        if (arguments.Contains("--hostile")) problems += Hostile();
        if (run.Value("--kills") is not null) problems += run.Kill();
        if (run.Value("--disks") is not null) problems += run.FillDisks();
        if (run.Value("--corpus") is { } folder) problems += Compare(folder);
        return problems == 0 ? 0 : 1;
    }

    private long Seed => Number("--seed", 1);

    private List<FuzzReader> Readers
    {
        get
        {
            string[] names = [.. arguments.Index().Where(a => a.Item == "--reader" && a.Index + 1 < arguments.Length).Select(a => arguments[a.Index + 1])];
            if (names.FirstOrDefault(name => ReaderCatalog.All.All(reader => reader.Name != name)) is { } unknown)
                throw new ArgumentException($"There is no reader '{unknown}'; there are {string.Join(", ", ReaderCatalog.All.Select(reader => reader.Name))}.");
            return [.. ReaderCatalog.All.Where(reader => names.Length == 0 || names.Contains(reader.Name))];
        }
    }

    private int Mutate()
    {
        var run = FuzzRun.Execute(Readers, (int)Number("--mutations", 0), Seed, (int)Number("--jobs", 1), Value("--keep"));
        Console.WriteLine(run.Table());
        Console.WriteLine(run.Kinds());
        return run.Faults.Count;
    }

    // In this process, so that a debugger can attach.
    private int Repeat()
    {
        var reader = Readers[0];
        byte[] input = Mutator.Make(reader, Seed, (int)Number("--only", 0));
        if (Value("--keep") is { } keep) File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(keep).FullName, Path.GetFileName(reader.File)), input);
        using var folder = new TempFolder();
        var outcome = new Trial(reader, folder.Root).Run(input);
        Console.WriteLine($"{reader.Name}: {outcome}");
        return outcome.Verdict is Verdict.Accepted or Verdict.Refused ? 0 : 1;
    }

    private static int Hostile()
    {
        using var folder = new TempFolder();
        var problems = HostileCorpus.All.Select((input, i) => (input.Name, Problem: input.Try(folder.At($"{i}")))).ToList();
        foreach (var (name, problem) in problems) Console.WriteLine($"{name}: {(problem.Length == 0 ? "as it should be" : problem)}");
        return problems.Count(p => p.Problem.Length > 0);
    }

    private int Kill()
    {
        using var inputs = new TempFolder();
        int problems = 0, kills = (int)Number("--kills", 0);
        foreach (var work in Killable.All(inputs.Root))
        {
            problems += Kill(work, "SIGKILL", kills, KillLoop.Kill);
            if (work.Name == "pretrain") problems += Kill(work, "SIGTERM, SIGINT and SIGHUP", kills, KillLoop.Term, KillLoop.Int, KillLoop.Hup);
        }
        return problems;
    }

    private int Kill(Killable work, string named, int kills, params int[] signals)
    {
        using var loop = new KillLoop(work, Seed);
        loop.Run(kills, signals);
        Console.WriteLine($"{work.Name}: {loop.Kills} × {named}, {loop.Problems.Count} problems");
        loop.Problems.ForEach(Console.WriteLine);
        return loop.Problems.Count;
    }

    private int FillDisks()
    {
        int disks = (int)Number("--disks", 0);
        if (FullDisk.Run(disks, Seed) is not { } ran)
        {
            Console.WriteLine("No disk can be mounted here: it needs root.");
            return 1;
        }
        Console.WriteLine($"{ran.Full} of {disks} disks were full, {ran.Problems.Count} problems");
        foreach (string problem in ran.Problems) Console.WriteLine(problem);
        return ran.Problems.Count;
    }

    // Printed and not asserted: how many images of a corpus are alike is not known in advance.
    private static int Compare(string folder)
    {
        var compared = Comparison.Of(folder).ToList();
        var verdicts = Enum.GetValues<CorpusVerdict>();
        Console.WriteLine($"| format | images | {string.Join(" | ", verdicts)} |\n|{string.Concat(Enumerable.Repeat("---|", verdicts.Length + 2))}");
        var rows = compared.GroupBy(c => FormatOf(c.File)).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (g.Key, Images: g.ToList())).Append(("all", compared));
        foreach (var (format, images) in rows)
            Console.WriteLine($"| {format} | {images.Count} | {string.Join(" | ", verdicts.Select(verdict => images.Count(c => c.Verdict == verdict)))} |");
        foreach (var one in compared.Where(c => c.Reason is not null && c.Verdict != CorpusVerdict.Neither).OrderBy(c => c.Verdict))
            Console.WriteLine($"{one.Verdict}: {one.File}: {one.Reason}");
        return 0;
    }

    private static string FormatOf(string file) => Path.GetExtension(file).ToLowerInvariant() switch
    {
        ".tiff" => ".tif",
        ".jpeg" or ".jpe" or ".jfif" => ".jpg",
        ".pbm" or ".pgm" or ".ppm" or ".pnm" or ".pam" => ".pnm",
        var extension => extension,
    };

    private string? Value(string option) => Array.IndexOf(arguments, option) is >= 0 and var at && at + 1 < arguments.Length ? arguments[at + 1] : null;

    private long Number(string option, long otherwise) => Value(option) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
