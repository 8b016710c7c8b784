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
    public void Prose_of_the_page_has_at_most_140_characters_a_line() =>
        CliPage.Markdown(Root).Split('\n').Where(line => line.Length > 140 && !line.StartsWith('|')).ShouldBeEmpty();

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

    private static IEnumerable<Command> All(Command command) => [command, .. command.Subcommands.Where(c => !c.Hidden).SelectMany(All)];

    [Fact]
    public void Help_of_every_command_fits_a_screen_of_45_lines_and_100_columns()
    {
        foreach (var command in All(Root))
        {
            var lines = new CommandHelp(all: false).LinesOf(command);
            lines.Sum(line => Math.Max(1, (line.Length + 99) / 100)).ShouldBeLessThanOrEqualTo(45, $"{command.Name}\n{string.Join('\n', lines)}");
        }
    }

    [Fact]
    public void Every_command_is_in_one_group_and_described_in_under_60_characters()
    {
        CommandLine.Groups.SelectMany(group => group.Commands).ShouldBe(Root.Subcommands.Where(c => !c.Hidden).Select(c => c.Name), ignoreOrder: true);
        foreach (var command in All(Root).Skip(1)) command.Description!.Length.ShouldBeLessThan(60, command.Name);
        var help = new CommandHelp(all: false).LinesOf(Root);
        foreach (var (group, commands) in CommandLine.Groups)
        {
            help.ShouldContain($"{group}:");
            foreach (string name in commands) help.ShouldContain(line => line.StartsWith($"  {name} ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Help_has_everyday_options_first_and_help_all_has_every_option()
    {
        foreach (var command in Leaves(Root))
        {
            var (some, every) = (new CommandHelp(all: false).LinesOf(command), new CommandHelp(all: true).LinesOf(command));
            foreach (var option in command.Options.Where(option => !option.Hidden))
            {
                every.ShouldContain(line => line.StartsWith($"  {OptionHelp.LabelOf(option)}", StringComparison.Ordinal), $"{command.Name} {option.Name}");
                some.Any(line => line.StartsWith($"  {OptionHelp.LabelOf(option)}", StringComparison.Ordinal)).ShouldBe(!OptionHelp.IsForFew(option), $"{command.Name} {option.Name}");
                if (option.Required) OptionHelp.IsForFew(option).ShouldBeFalse($"{command.Name} {option.Name}");
            }
            if (some.FirstOrDefault(line => line.EndsWith(':') && !line.StartsWith(' ')) is { } heading) heading.ShouldBeOneOf("Options:", "Examples:");
        }
    }

    [Fact]
    public void Help_shows_defaults_and_examples_and_a_bare_command_gets_help()
    {
        string help = InProcess.Run("pretrain --help").Output;
        help.ShouldContain("  --epochs N|auto           Passes over the images. [default: auto]\n");
        help.ShouldContain("[default: 0.2]"); // of the recipe: the library's temperature is 0.5
        help.ShouldContain($"  # {Examples.Of(Root.Subcommands.Single(c => c.Name == "pretrain"))[0].What}\n  {Examples.Of(Root.Subcommands.Single(c => c.Name == "pretrain"))[0].Line}\n");
        string all = InProcess.Run("pretrain --help-all").Output;
        foreach (var (what, line) in Examples.Of(Root.Subcommands.Single(c => c.Name == "pretrain"))) all.ShouldContain($"  # {what}\n  {line}\n");
        var (exitCode, output, error) = InProcess.Run("");
        (exitCode, error).ShouldBe((0, ""));
        output.ShouldBe(InProcess.Run("--help").Output);
        output.ShouldContain("  runs");
        output.ShouldNotContain("complete ");
    }
}
