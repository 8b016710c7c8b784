namespace SimClr.Tests.House;

public sealed class LineLengthTests
{
    private const int Longest = 140;

    // Rooms that still have longer lines. Remove a room from the list once its lines fit.
    private static readonly string[] NotDone =
    [
        "SimClr/Encoders", "SimClr/Losses", "SimClr/Models/Inference", "SimClr/Models/Kernels", "SimClr/Protocols", "SimClr/Recipes",
        "SimClr/RunFolders", "SimClr/Runs", "SimClr/Runtime", "SimClr.Cli/Benchmarks", "SimClr.Cli/Commands", "SimClr.Cli/Reports",
    ];

    [Fact]
    public void No_source_line_is_longer_than_140_characters()
    {
        string root = Path.Combine(ArrowsTests.RepositoryRoot(), "src");
        var files = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(root, file))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal)).ToList();
        files.Count.ShouldBeGreaterThan(400);
        foreach (string room in NotDone) files.ShouldContain(file => file.StartsWith(room + "/", StringComparison.Ordinal));
        var longLines = files.Where(file => !NotDone.Any(room => file.StartsWith(room + "/", StringComparison.Ordinal)))
            .SelectMany(file => File.ReadLines(Path.Combine(root, file)).Index()
                .Where(line => line.Item.Length > Longest)
                .Select(line => $"{file}:{line.Index + 1}"));
        longLines.ShouldBeEmpty();
    }
}
