using System.Text.RegularExpressions;

namespace SimClr.Tests.House;

public sealed partial class ArrowsTests
{
    // Each assembly's rooms, the lowest first: a room knows its own assembly's rooms that stand before it, and those of the assemblies before.
    private static readonly (string Assembly, string[] Rooms)[] House =
    [
        ("SimClr.Images", ["IO", "Randomness", "Images", "Views", "Datasets"]),
        ("SimClr", ["Runtime", "Distributed", "Rendering", "Loading", "Weights", "Models", "Losses", "Optimization", "Evaluation", "Pretraining", "Recipes", "Checkpoints", "RunFolders", "Encoders", "FineTuning", "Protocols", "Export", "Runs"]),
        ("SimClr.Cli", ["Output", "Drawing", "Reports", "Benchmarks", "Commands"]),
    ];

    [GeneratedRegex(@"\bSimClr\.((?:Cli\.)?[A-Z]\w+)")]
    private static partial Regex Mention();

    [Fact]
    public void Every_room_knows_only_those_below_it()
    {
        var order = House.SelectMany(a => a.Rooms.Select(room => (a.Assembly, Room: room, Name: a.Assembly == "SimClr.Cli" ? $"Cli.{room}" : room))).ToList();
        foreach (var (assembly, rooms) in House)
        {
            string root = Path.Combine(RepositoryRoot(), "src", assembly);
            Directory.EnumerateDirectories(root).Select(Path.GetFileName).Where(n => n is not ("bin" or "obj")).Order().ShouldBe(rooms.Order(), customMessage: assembly);
        }
        foreach (var ((assembly, room, name), level) in order.Index().Select(entry => (entry.Item, entry.Index)))
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(RepositoryRoot(), "src", assembly, room), "*.cs", SearchOption.AllDirectories))
            {
                foreach (Match mention in Mention().Matches(File.ReadAllText(file)))
                    order.FindIndex(other => other.Name == mention.Groups[1].Value).ShouldBeLessThanOrEqualTo(level, $"{file} mentions {mention.Value}, and {name} may not");
            }
        }
    }

    [Fact]
    public void No_folder_holds_more_than_25_files_beside_each_other()
    {
        foreach (string folder in Directory.EnumerateDirectories(Path.Combine(RepositoryRoot(), "src"), "*", SearchOption.AllDirectories))
        {
            if (folder.Contains("/obj", StringComparison.Ordinal) || folder.Contains("/bin", StringComparison.Ordinal)) continue;
            Directory.GetFiles(folder, "*.cs").Length.ShouldBeLessThanOrEqualTo(25, folder);
        }
    }

    [Fact]
    public void The_library_reads_no_clock_writes_no_console_and_reads_no_environment_but_to_find_libtorch()
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(RepositoryRoot(), "src"), "*.cs", SearchOption.AllDirectories))
        {
            if (file.Contains("/SimClr.Cli/", StringComparison.Ordinal) || file.Contains("/obj/", StringComparison.Ordinal)) continue;
            string text = File.ReadAllText(file);
            text.ShouldNotContain("Console.", customMessage: file);
            text.ShouldNotContain("DateTime", customMessage: file);
            text.ShouldNotContain("Stopwatch", customMessage: file);
            if (!file.EndsWith("Runtime/LibTorch.cs", StringComparison.Ordinal)) text.ShouldNotContain("GetEnvironmentVariable", customMessage: file);
        }
    }

    [Fact]
    public void No_file_is_longer_than_300_lines_and_most_are_under_150()
    {
        var lengths = Directory.EnumerateFiles(Path.Combine(RepositoryRoot(), "src"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal)).Select(f => (File: f, Lines: File.ReadLines(f).Count())).ToList();
        lengths.Where(f => f.Lines > 300).ShouldBeEmpty();
        lengths.Count(f => f.Lines <= 150).ShouldBeGreaterThanOrEqualTo(lengths.Count * 9 / 10);
    }

    internal static string RepositoryRoot()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "SimClr.slnx"))) at = at.Parent!;
        return at.FullName;
    }
}
