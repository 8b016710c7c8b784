using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using SimClr.Cli.Commands;

namespace SimClr.Cli.Tests.Commands;

/// <summary>README and the pages beside it: their commands are real, their figures are those of docs/results.md, their lines are short.</summary>
public sealed partial class ReadmeTests
{
    internal static string Root
    {
        get
        {
            var at = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(at.FullName, "SimClr.slnx"))) at = at.Parent!;
            return at.FullName;
        }
    }

    public static TheoryData<string> Pages => ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "CHANGELOG.md"];

    private static string Readme => Page("README.md");

    [GeneratedRegex(@"`(?:mpirun -np 4 )?(simclr [^`\n]+)`|^(simclr .+)$", RegexOptions.Multiline)]
    private static partial Regex CommandText();

    [GeneratedRegex(@"\d+\.\d+")]
    private static partial Regex Decimals();

    [Fact]
    public void The_screen_of_code_is_the_sample() => Readme.ShouldContain($"```csharp\n{Page("samples/Pretrain.cs")}```");

    [Fact]
    public void The_results_equal_those_of_the_results_page()
    {
        string page = Page("docs/results.md");
        string[] summary = [.. page.Split('\n').Where(line => line.StartsWith('|'))];
        var measured = Decimals().Matches(page).Select(m => Math.Round(decimal.Parse(m.Value, CultureInfo.InvariantCulture), 1, MidpointRounding.AwayFromZero)).ToHashSet();
        var rows = Readme.Split('\n').Where(line => line.Contains("**this project**", StringComparison.Ordinal)).Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToList();
        rows.Count.ShouldBe(4);
        foreach (string[] row in rows) // "", data, who, encoder, epochs, training, kNN, linear, ""
        {
            string time = row[5].Split(',')[0];
            foreach (string knn in row[6].Split(", "))
                summary.ShouldContain(line => line.StartsWith($"| {row[1]} |", StringComparison.Ordinal) && line.Contains($"| {time} |", StringComparison.Ordinal) && line.Contains($"**{knn}**", StringComparison.Ordinal));
            foreach (string linear in row[7].Split(", ")) measured.ShouldContain(decimal.Parse(linear, CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public void It_has_the_two_commands_and_they_are_those_of_CI()
    {
        Readme.ShouldContain("\ndotnet run --project src/SimClr.Cli -c Release -- demo\n");
        Readme.ShouldContain("\ndotnet test --solution SimClr.slnx -c Release --filter-not-trait Duration=Long\n");
        string ci = Page(".ci/run");
        ci.ShouldContain("dotnet run --project src/SimClr.Cli -c Release --no-build -- demo");
        ci.ShouldContain("dotnet test --solution SimClr.slnx -c Release");
        ci.ShouldContain("--filter-not-trait Duration=Long");
    }

    [Theory]
    [InlineData("README.md", 10)]
    [InlineData("CONTRIBUTING.md", 0)]
    [InlineData("SECURITY.md", 1)]
    public void Every_command_is_one_of_the_program(string page, int atLeast)
    {
        var commands = CommandText().Matches(Page(page)).Select(m => m.Groups[1].Value + m.Groups[2].Value).ToList();
        commands.Count.ShouldBeGreaterThanOrEqualTo(atLeast);
        foreach (string command in commands)
        {
            // In a sentence a command may stand without its options: then it is its name alone that must be right.
            var parsed = CommandLine.Create().Parse(command["simclr ".Length..]);
            parsed.UnmatchedTokens.ShouldBeEmpty(command);
            if (command.Contains("--", StringComparison.Ordinal)) parsed.Errors.ShouldBeEmpty(command);
            (parsed.CommandResult.Command is RootCommand).ShouldBe(command.StartsWith("simclr --", StringComparison.Ordinal), command);
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Lines_are_short(string page) => Page(page).Split('\n').ShouldAllBe(line => line.Length <= 140);

    [Fact]
    public void It_is_under_two_hundred_lines() => Readme.Split('\n').Length.ShouldBeLessThan(200);

    private static string Page(string name) => File.ReadAllText(Path.Combine(Root, name));
}
