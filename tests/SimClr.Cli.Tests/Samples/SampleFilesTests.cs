using SimClr.Cli.Tests.Commands;

namespace SimClr.Cli.Tests.Samples;

public sealed class SampleFilesTests
{
    private const int LinesOfCode = 60;

    public static TheoryData<string> Names => [.. Directory.GetFiles(Path.Combine(ReadmeTests.Root, "samples"), "*.cs").Select(file => Path.GetFileNameWithoutExtension(file)).Order()];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_sample_is_one_file_of_at_most_sixty_lines_that_says_how_to_run_it(string name)
    {
        string[] lines = File.ReadAllLines(SampleProgram.FileOf(name));
        lines.Count(line => line.Trim() is { Length: > 0 } text && !text.StartsWith("//", StringComparison.Ordinal) && !text.StartsWith("#:", StringComparison.Ordinal) && !text.StartsWith("using ", StringComparison.Ordinal))
            .ShouldBeLessThanOrEqualTo(LinesOfCode);
        lines.ShouldContain(line => line.StartsWith($"//   dotnet run samples/{name}.cs", StringComparison.Ordinal));
        lines.ShouldAllBe(line => line.Length <= 180);
    }

    [Fact]
    public void Every_sample_is_run_by_a_test()
    {
        string tests = string.Concat(Directory.GetFiles(Path.Combine(ReadmeTests.Root, "tests", "SimClr.Cli.Tests", "Samples"), "*.cs").Select(File.ReadAllText));
        foreach (string name in Names.Select(row => row.Data)) tests.ShouldContain($"\"{name}\"", customMessage: name);
    }
}
