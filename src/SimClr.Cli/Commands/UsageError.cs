using System.CommandLine;
using SimClr.IO;

namespace SimClr.Cli.Commands;

/// <summary>The error in a command line, in one line with the remedy.</summary>
internal static class UsageError
{
    public static string Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        return $"{Wrong(parsed, command)} See `{NameOf(command)} --help`.";
    }

    // After an unknown word all other words are unknown too, so the first one is reported.
    private static string Wrong(ParseResult parsed, Command command)
    {
        if (parsed.UnmatchedTokens is [var word, ..])
        {
            bool option = word.StartsWith('-');
            var known = option ? command.Options.Append(SharedOptions.Quiet).Select(o => o.Name)
                : command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name);
            string kind = option ? "option" : command.Subcommands.Count > 0 ? "command" : "argument";
            return $"{NameOf(command)} has no {kind} " +
                $"'{word}'{(Spelling.Nearest(word, known) is { } nearest ? $". Did you mean {nearest}?" : ".")}";
        }
        return command.Subcommands.Count > 0
            ? $"{NameOf(command)} needs one of these commands: " +
                $"{string.Join(", ", command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name))}."
            : string.Join(' ', parsed.Errors.Select(e => e.Message.TrimEnd('.') + "."));
    }

    private static string NameOf(Command command) =>
        command is RootCommand ? "simclr" : $"{NameOf(command.Parents.OfType<Command>().First())} {command.Name}";
}
