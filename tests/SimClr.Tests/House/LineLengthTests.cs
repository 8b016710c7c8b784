namespace SimClr.Tests.House;

public sealed class LineLengthTests
{
    private const int Longest = 140;

    [Fact]
    public void No_source_line_is_longer_than_140_characters()
    {
        string root = Path.Combine(ArrowsTests.RepositoryRoot(), "src");
        var files = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories).Select(file => TestFolder.Relative(root, file))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal)).ToList();
        files.Count.ShouldBeGreaterThan(400);
        var longLines = files.SelectMany(file => File.ReadLines(Path.Combine(root, file)).Index()
            .Where(line => line.Item.Length > Longest)
            .Select(line => $"{file}:{line.Index + 1}"));
        longLines.ShouldBeEmpty();
    }
}
