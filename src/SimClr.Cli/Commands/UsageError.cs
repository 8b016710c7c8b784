using System.CommandLine;
using System.CommandLine.Parsing;
using SimClr.IO;

namespace SimClr.Cli.Commands;

/// <summary>The error in a command line, in one line with the remedy.</summary>
internal static class UsageError
{
    /// <summary>The error; null if there is none.</summary>
    public static string? Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        string? wrong = parsed.Errors.Count > 0 ? Wrong(parsed, command)
            : Empty(parsed) is { } empty ? $"{empty} is empty, and needs a value." : null;
        return wrong is null ? null : $"{wrong} See `{NameOf(command)} --help`.";
    }

    // As with a variable of the shell that is not set. The label column of Parquet may be none.
    private static string? Empty(ParseResult parsed) => parsed.CommandResult.Children
        .Where(result => result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
        .Select(result => result switch
        {
            OptionResult option => option.Option.Name,
            ArgumentResult argument => argument.Argument.HelpName ?? argument.Argument.Name,
            _ => null,
        }).FirstOrDefault(name => name is not null and not "--label-column");

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
            : string.Join(' ', parsed.Errors.Select(e => InOneLine(e.Message).TrimEnd('.') + "."));
    }

    // The parser puts each allowed value on a line of its own.
    private static string InOneLine(string message) =>
        string.Join(", ", message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Replace(":, ", ": ", StringComparison.Ordinal);

    private static string NameOf(Command command) =>
        command is RootCommand ? "simclr" : $"{NameOf(command.Parents.OfType<Command>().First())} {command.Name}";
}
