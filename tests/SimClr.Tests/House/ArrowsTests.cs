using System.Text.RegularExpressions;

namespace SimClr.Tests.House;

public sealed partial class ArrowsTests
{
    // A folder of the library and the folders of it that it may know.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Files"] = [],
        ["Views"] = ["Runtime"],
        ["Losses"] = ["Runtime"],
        ["Models"] = ["Runtime"],
        ["Optimization"] = ["Runtime"],
        ["Runtime"] = [],
        ["Distributed"] = ["Runtime"],
        ["Data"] = ["Files", "Views", "Runtime"],
        ["Interchange"] = ["Files", "Models", "Views", "Runtime"],
        ["Checkpoints"] = ["Files", "Models", "Interchange"],
        ["Training"] = ["Data", "Views", "Losses", "Models", "Optimization", "Distributed", "Runtime"],
        ["Evaluation"] = ["Data", "Views", "Models", "Optimization", "Distributed", "Runtime"],
    };

    [GeneratedRegex(@"\bSimClr\.([A-Z]\w+)")]
    private static partial Regex Mention();

    [Fact]
    public void Every_folder_of_the_library_knows_only_those_below_it()
    {
        string library = Path.Combine(RepositoryRoot(), "src", "SimClr");
        Directory.EnumerateDirectories(library).Select(Path.GetFileName).Where(n => n is not ("bin" or "obj")).Order().ShouldBe(Allowed.Keys.Order());
        foreach (var (folder, known) in Allowed)
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(library, folder), "*.cs"))
            {
                foreach (Match mention in Mention().Matches(File.ReadAllText(file)))
                {
                    string other = mention.Groups[1].Value;
                    if (Allowed.ContainsKey(other) && other != folder)
                        known.ShouldContain(other, $"{file} mentions {mention.Value}");
                }
            }
        }
    }

    [Fact]
    public void The_library_reads_no_clock_writes_no_console_and_reads_no_environment_but_to_find_libtorch()
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(RepositoryRoot(), "src", "SimClr"), "*.cs", SearchOption.AllDirectories))
        {
            if (file.Contains("/obj/", StringComparison.Ordinal)) continue;
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
