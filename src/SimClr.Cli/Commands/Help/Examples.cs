using System.CommandLine;
using System.Runtime.CompilerServices;

namespace SimClr.Cli.Commands;

/// <summary>The examples of a command: what its help ends with, and what <c>docs/cli.md</c> shows.</summary>
internal static class Examples
{
    private static readonly ConditionalWeakTable<Command, IReadOnlyList<(string What, string Line)>> All = [];

    /// <summary>Gives a command its examples.</summary>
    /// <param name="command">The command.</param>
    /// <param name="examples">A purpose, and the command line for it, from <c>simclr</c> on.</param>
    public static Command WithExamples(this Command command, params IReadOnlyList<(string What, string Line)> examples)
    {
        All.Add(command, examples);
        return command;
    }

    /// <summary>A command's examples; none for a command that has others below it.</summary>
    public static IReadOnlyList<(string What, string Line)> Of(Command command) => All.TryGetValue(command, out var examples) ? examples : [];
}
