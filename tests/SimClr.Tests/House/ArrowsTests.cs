using System.Text.RegularExpressions;

namespace SimClr.Tests.House;

public sealed partial class ArrowsTests
{
    // Each assembly's rooms, the lowest first: a room knows its own assembly's rooms that stand before it, and those of the assemblies before.
    internal static readonly (string Assembly, string[] Rooms)[] House =
    [
        ("SimClr.Images", ["IO", "Randomness", "Images", "Views", "Datasets"]),
        ("SimClr", ["Runtime", "Distributed", "Rendering", "Loading", "Weights", "Models", "Losses", "Optimization", "Evaluation", "Pretraining", "Recipes", "Checkpoints", "RunFolders", "Encoders", "FineTuning", "Protocols", "Export", "Runs"]),
        ("SimClr.Onnx", []), // one room
        ("SimClr.Cli", ["Output", "Drawing", "Reports", "Benchmarks", "Commands"]),
    ];

    [GeneratedRegex(@"\bSimClr\.((?:Cli\.)?[A-Z]\w+)")]
    private static partial Regex Mention();

    [Fact]
    public void Every_folder_uses_only_those_below_it()
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

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    public void No_folder_has_more_than_25_files(string part)
    {
        foreach (var folder in Sources(part).GroupBy(file => Path.GetDirectoryName(file)!)) folder.Count().ShouldBeLessThanOrEqualTo(25, folder.Key);
    }

    // Process-wide state that a library leaves to its host. Time comes from a TimeProvider; only its default is named.
    [GeneratedRegex(@"\bConsole\.|\bDateTime(?:Offset)?\.(?:Utc)?(?:Now|Today)|\bStopwatch\b|\bTickCount|(?<!= |\?\? |\?\?= )\bTimeProvider\.System\b|EnvironmentVariable|""(?:setenv|putenv|mallopt)""|set_num_threads|Process\.GetCurrentProcess")]
    private static partial Regex Loud();

    [GeneratedRegex(@"(?:^|\s)//.*")]
    private static partial Regex Comment();

    // The exceptions, with their reasons.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        // SIMCLR_LIBTORCH: the first use of TorchSharp, by whichever class, must find the same libtorch
        ["SimClr/Runtime/LibTorch.cs"] = ["EnvironmentVariable"],
        // called by name only, and keeps the user's settings
        ["SimClr/Runtime/Systems/LinuxProcess.cs"] = ["\"setenv\""],
        ["SimClr/Runtime/Systems/MacProcess.cs"] = ["\"setenv\""],
        ["SimClr/Runtime/Systems/WindowsProcess.cs"] = ["EnvironmentVariable"],
        // SIMCLR_TENSOR_MEMORY: read once, as libtorch is loaded
        ["SimClr/Runtime/Memory/TensorMemory.cs"] = ["EnvironmentVariable"],
        ["SimClr/Runtime/Machine.cs"] = ["set_num_threads"], // Prepare, which a program calls by name
        ["SimClr/Distributed/Ranks.cs"] = ["TimeProvider.System"], // the time of collectives is reported and decides nothing
    };

    [Fact]
    public void The_libraries_use_no_console_and_no_clock_and_change_no_process_settings()
    {
        var found = new Dictionary<string, HashSet<string>>();
        foreach (string assembly in House.Select(house => house.Assembly).Where(assembly => assembly != "SimClr.Cli"))
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(RepositoryRoot(), "src", assembly), "*.cs", SearchOption.AllDirectories))
            {
                string name = TestFolder.Relative(Path.Combine(RepositoryRoot(), "src"), file);
                if (name.Contains("/obj/", StringComparison.Ordinal)) continue;
                foreach (Match loud in File.ReadLines(file).SelectMany(line => Loud().Matches(Comment().Replace(line, "")))) (found.TryGetValue(name, out var known) ? known : found[name] = []).Add(loud.Value);
            }
        }
        found.Select(entry => $"{entry.Key}: {string.Join(' ', entry.Value.Order(StringComparer.Ordinal))}").Order(StringComparer.Ordinal)
            .ShouldBe(Allowed.Select(entry => $"{entry.Key}: {string.Join(' ', entry.Value.Order(StringComparer.Ordinal))}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    public void No_file_is_longer_than_300_lines_and_most_are_under_150(string part)
    {
        var lengths = Sources(part).Select(f => (File: f, Lines: File.ReadLines(f).Count())).ToList();
        lengths.Where(f => f.Lines > 300).ShouldBeEmpty();
        lengths.Count(f => f.Lines <= 150).ShouldBeGreaterThanOrEqualTo(lengths.Count * 9 / 10, string.Join('\n', lengths.Where(f => f.Lines > 150)));
    }

    // A room of tests is named after the room that it tests, or after a concern of the whole: packaging, several ranks, samples.
    [Fact]
    public void Tests_are_in_the_folders_of_what_they_test()
    {
        string[] whole = ["House", "Onnx", "Packaging", "Ranks", "Samples"];
        foreach (var (tests, assemblies) in new[] { ("SimClr.Tests", House[..3]), ("SimClr.Cli.Tests", House[3..]) })
        {
            string root = Path.Combine(RepositoryRoot(), "tests", tests);
            Directory.EnumerateDirectories(root).Select(path => Path.GetFileName(path)!).Where(n => n is not ("bin" or "obj")).Except(whole)
                .ShouldBeSubsetOf(assemblies.SelectMany(assembly => assembly.Rooms));
        }
    }

    private static IEnumerable<string> Sources(string part) =>
        Directory.EnumerateFiles(Path.Combine(RepositoryRoot(), part), "*.cs", SearchOption.AllDirectories).Select(f => f.Replace('\\', '/'))
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal));

    internal static string RepositoryRoot()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "SimClr.slnx"))) at = at.Parent!;
        return at.FullName;
    }
}
