using System.CommandLine;
using System.Text.RegularExpressions;
using SimClr.Cli.Commands;

namespace SimClr.Cli.Tests.Commands;

/// <summary>The commands in docs/ are commands of the program, with options that it has.</summary>
public sealed partial class DocsCommandsTests
{
    public static TheoryData<string> Pages => [.. Directory.GetFiles(Path.Combine(ReadmeTests.Root, "docs"), "*.md").Select(page => Path.GetFileName(page)).Where(page => page != "cli.md").Order()];

    [GeneratedRegex(@"^(?:mpirun .*?|srun .*?)?(simclr \w[^\n#]*)")]
    private static partial Regex InBlock();

    [GeneratedRegex("`(?:mpirun [^`]*?|srun [^`]*?)?(simclr [^`]+)`")]
    private static partial Regex InSentence();

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_command_is_one_of_the_program(string page)
    {
        string text = File.ReadAllText(Path.Combine(ReadmeTests.Root, "docs", page)).Replace("\\\n", "", StringComparison.Ordinal);
        bool code = false;
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) code = !code;
            bool block = code || line.StartsWith("    ", StringComparison.Ordinal);
            foreach (Match command in (block ? InBlock() : InSentence()).Matches(block ? line.Trim() : line)) Check(command.Groups[1].Value, block);
        }
    }

    // What stands in a sentence may leave out what a command requires, and "…" stands for anything.
    private static void Check(string command, bool whole)
    {
        if (command.Contains('|', StringComparison.Ordinal)) return;
        foreach (string part in command.Split(" && ")) // one after the other
        {
            var parsed = CommandLine.Create().Parse(part.Trim()["simclr ".Length..].Split(" …")[0], CommandLine.Parsing);
            parsed.UnmatchedTokens.ShouldBeEmpty(part);
            (parsed.CommandResult.Command is RootCommand).ShouldBeFalse(part);
            if (whole && !part.Contains('…', StringComparison.Ordinal)) parsed.Errors.ShouldBeEmpty(part);
        }
    }
}
