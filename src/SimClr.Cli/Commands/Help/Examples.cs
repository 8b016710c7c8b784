using System.CommandLine;
using System.Runtime.CompilerServices;

namespace SimClr.Cli.Commands;

/// <summary>The examples of a command: its help ends with them, and <c>docs/cli.md</c> shows them.</summary>
internal static class Examples
{
    private static readonly ConditionalWeakTable<Command, IReadOnlyList<(string What, string Line)>> All = [];

    /// <summary>Gives a command its examples.</summary>
    /// <param name="command">The command.</param>
    /// <param name="examples">A purpose and its command line, which starts with <c>simclr</c>.</param>
    public static Command WithExamples(this Command command, params IReadOnlyList<(string What, string Line)> examples)
    {
        All.Add(command, examples);
        return command;
    }

    /// <summary>The examples of a command; none for a command with subcommands.</summary>
    public static IReadOnlyList<(string What, string Line)> Of(Command command) =>
        All.TryGetValue(command, out var examples) ? examples : [];
}
