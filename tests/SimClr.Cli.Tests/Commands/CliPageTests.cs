using System.CommandLine;
using SimClr.Cli.Commands;
using SimClr.Recipes;

namespace SimClr.Cli.Tests.Commands;

[Collection(InProcess.Name)]
public sealed class CliPageTests
{
    private static readonly RootCommand Root = CommandLine.Create();

    private static IEnumerable<Command> Leaves(Command command) => command.Subcommands.Count == 0 ? [command] : command.Subcommands.Where(c => !c.Hidden).SelectMany(Leaves);

    [Fact]
    public void The_page_equals_the_help_of_the_commands()
    {
        string page = Path.Combine(ReadmeTests.Root, "docs", "cli.md"), received = Path.Combine(AppContext.BaseDirectory, "cli.received.md");
        string now = CliPage.Markdown(Root), then = File.Exists(page) ? File.ReadAllText(page) : "";
        File.WriteAllText(received, now);
        if (now == then) return;

        string changes = string.Concat(then.Split('\n').Except(now.Split('\n')).Select(l => $"- {l}\n").Concat(now.Split('\n').Except(then.Split('\n')).Select(l => $"+ {l}\n")));
        Assert.Fail($"docs/cli.md is not what the commands say:\n{changes}If that is meant, take the new page:\n  cp {Path.GetRelativePath(ReadmeTests.Root, received)} docs/cli.md");
    }

    [Fact]
    public void Every_command_has_examples_and_each_is_valid()
    {
        foreach (var command in Leaves(Root))
        {
            var examples = Examples.Of(command);
            examples.ShouldNotBeEmpty(command.Name);
            foreach (string line in examples.Select(e => e.Line))
            {
                // The words that a shell would pass: the first command, without pipes, redirections and further commands.
                string typed = line[(line.IndexOf("simclr ", StringComparison.Ordinal) + "simclr ".Length)..].Split([" | ", " && ", " > ", ")"], 2, StringSplitOptions.None)[0];
                var parsed = Root.Parse(typed);
                parsed.Errors.ShouldBeEmpty(line);
                parsed.CommandResult.Command.ShouldBe(command, line);
                if (parsed.CommandResult.GetResult("--recipe") is not null) Recipe.Names().ShouldContain(parsed.GetValue<string>("--recipe"), line);
            }
        }
    }

    [Fact]
    public void Every_option_and_command_has_a_description()
    {
        foreach (var command in Leaves(Root))
        {
            command.Description.ShouldNotBeNullOrWhiteSpace(command.Name);
            foreach (var option in command.Options.Where(option => !option.Hidden)) option.Description.ShouldNotBeNullOrWhiteSpace($"{command.Name} {option.Name}");
            foreach (var argument in command.Arguments) argument.Description.ShouldNotBeNullOrWhiteSpace($"{command.Name} {argument.Name}");
        }
    }

    [Fact]
    public void Help_ends_with_the_examples_and_a_bare_command_gets_help()
    {
        string help = InProcess.Run("pretrain --help").Output;
        string.Join('\n', help.TrimEnd().Split('\n')[^2..]).ShouldBe($"  {Examples.Of(Root.Subcommands.Single(c => c.Name == "pretrain"))[^1].What}:\n    {Examples.Of(Root.Subcommands.Single(c => c.Name == "pretrain"))[^1].Line}");
        var (exitCode, output, error) = InProcess.Run("");
        (exitCode, error).ShouldBe((0, ""));
        output.ShouldBe(InProcess.Run("--help").Output);
        output.ShouldContain("  runs");
        output.ShouldNotContain("complete ");
    }
}
