using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace SimClr.Cli.Commands;

/// <summary><c>--help</c>: a command's everyday options and examples, on one screen. <c>--help-all</c>: everything.</summary>
internal sealed class CommandHelp(bool all) : SynchronousCommandLineAction
{
    /// <summary>The most lines of <c>--help</c>, and the width of all help.</summary>
    public const int Lines = 45, Width = 100;

    private const int Column = 26, FewestExamples = 1, FewOptions = 5;
    private const char Unbroken = '\u00a0'; // stands for a space at which no line is broken

    // An option that is missing is no reason to refuse help.
    public override bool ClearsParseErrors => true;

    /// <summary>Makes this the help of a command and of all below it.</summary>
    public static void AddTo(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new CommandHelp(all: false);
        help.Description = "Show everyday options and examples.";
        root.Options.OfType<VersionOption>().Single().Description = "Show the version.";
        root.Options.Insert(root.Options.IndexOf(help) + 1, new Option<bool>("--help-all")
        { Description = "Show all options and examples.", Recursive = true, Action = new CommandHelp(all: true) });
    }

    public override int Invoke(ParseResult parseResult)
    {
        foreach (string line in LinesOf(parseResult.CommandResult.Command)) parseResult.InvocationConfiguration.Output.WriteLine(line);
        return 0;
    }

    /// <summary>A command's help.</summary>
    public IReadOnlyList<string> LinesOf(Command command)
    {
        string details = CommandDetails.Of(command);
        if (!all && command.Subcommands.Count == 0) details = FirstSentence(details);
        string description = $"{command.Description}{(command is RootCommand ? "" : ".")} {details}".TrimEnd();
        List<string> lines = [.. Wrapped(description, 0), "", $"Usage: {UsageOf(command)}"];
        if (command is RootCommand) lines.AddRange(GroupsOf(command));
        else if (command.Subcommands.Count > 0)
            lines.AddRange(["", "Commands:", .. command.Subcommands.Where(c => !c.Hidden)
                .SelectMany(c => Entry(c.Name, c.Description ?? ""))]);
        foreach (var argument in command.Arguments)
            lines.AddRange(["", .. Entry(argument.HelpName ?? argument.Name.ToUpperInvariant(), argument.Description ?? "")]);
        var options = OptionsOf(command).ToList();
        foreach (var group in options.GroupBy(option => options.Count <= FewOptions ? HelpGroup.Options : OptionHelp.GroupOf(option))
            .OrderBy(group => group.Key))
            lines.AddRange(["", $"{group.Key}:", .. group.SelectMany(option => Entry(OptionHelp.LabelOf(option), TextOf(option)))]);
        string[] last = ["", .. Footer(command)];
        var examples = Examples.Of(command).Select(e => (string[])[$"  # {e.What}", $"  {e.Line}"]).ToList();
        int room = Lines - Rows([.. lines, .. last]) - 2; // for the heading
        if (!all) examples = [.. examples.TakeWhile((example, i) => (room -= Rows(example)) >= 0 || i < FewestExamples)];
        if (examples.Count > 0) lines.AddRange(["", "Examples:", .. examples.SelectMany(example => example)]);
        return [.. lines, .. last];
    }

    /// <summary>The command as it is typed, its required options named.</summary>
    public static string UsageOf(Command command)
    {
        string name = NameOf(command);
        if (command.Subcommands.Count > 0) return $"{name} COMMAND [options]";
        string arguments = string.Concat(command.Arguments.Select(a =>
            a.Arity.MinimumNumberOfValues == 0 ? $" [{a.HelpName ?? a.Name} …]" : $" {a.HelpName ?? a.Name.ToUpperInvariant()}"));
        var options = command.Options.Where(o => !o.Hidden).ToList();
        string required = string.Concat(options.Where(o => o.Required).Select(o => $" {o.Name} {o.HelpName}".TrimEnd()));
        return $"{name}{arguments}{required}{(options.Any(o => !o.Required) ? " [options]" : "")}";
    }

    /// <summary>A text up to the end of its first sentence.</summary>
    public static string FirstSentence(string text) =>
        text.IndexOf(". ", StringComparison.Ordinal) is >= 0 and var end ? text[..(end + 1)] : text;

    /// <summary>Rows of a screen that lines take.</summary>
    public static int Rows(IReadOnlyCollection<string> lines) => lines.Sum(line => Math.Max(1, (line.Length + Width - 1) / Width));

    private static string NameOf(Command command) =>
        command is RootCommand ? "simclr" : $"{NameOf(command.Parents.OfType<Command>().First())} {command.Name}";

    private IEnumerable<Option> OptionsOf(Command command) =>
        command is RootCommand ? [] : command.Options.Where(o => !o.Hidden && (all || !OptionHelp.IsForFew(o)));

    private string TextOf(Option option)
    {
        string text = all ? OptionHelp.DescriptionOf(option) : FirstSentence(option.Description ?? "");
        return OptionHelp.DefaultOf(option) is { } value ? $"{text} {$"[default: {value}]".Replace(' ', Unbroken)}" : text;
    }

    private IEnumerable<string> GroupsOf(Command root)
    {
        foreach (var (group, names) in CommandLine.Groups)
        {
            yield return "";
            yield return $"{group}:";
            foreach (string name in names)
            {
                foreach (string line in Entry(name, root.Subcommands.First(c => c.Name == name).Description ?? "")) yield return line;
            }
        }
        yield return "";
        yield return "Options of every command:";
        foreach (var option in root.Options.Where(o => all || !OptionHelp.IsForFew(o)))
        {
            foreach (string line in Entry(OptionHelp.LabelOf(option), TextOf(option))) yield return line;
        }
    }

    private IEnumerable<string> Footer(Command command) =>
        command is RootCommand ? ["Try it: simclr demo"]
        : all || command.Subcommands.Count > 0 ? ["Options of every command: simclr --help"]
        : [$"More options, and all examples: {NameOf(command)} --help-all"];

    // A label, and a text beside it, in as many lines as it needs.
    private static IEnumerable<string> Entry(string label, string text)
    {
        var lines = Wrapped(text, Column + 2).Select(line => line.TrimStart()).ToList();
        bool fits = label.Length + 2 < Column + 1;
        if (!fits) yield return $"  {label}";
        foreach (var (i, line) in lines.Index()) yield return $"{(fits && i == 0 ? $"  {label}" : "").PadRight(Column + 2)}{line}";
    }

    /// <summary>A text in lines of at most <see cref="Width"/> characters.</summary>
    public static IEnumerable<string> Wrapped(string text, int indent)
    {
        string line = "";
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && indent + line.Length + 1 + word.Length > Width)
            {
                yield return new string(' ', indent) + line.Replace(Unbroken, ' ');
                line = "";
            }
            line += line.Length > 0 ? $" {word}" : word;
        }
        yield return new string(' ', indent) + line.Replace(Unbroken, ' ');
    }
}
