using System.CommandLine;
using System.Runtime.CompilerServices;

namespace SimClr.Cli.Commands;

/// <summary>What a command's own help says below its description, which is one line in the list of commands.</summary>
internal static class CommandDetails
{
    private static readonly ConditionalWeakTable<Command, string> All = [];

    /// <summary>Gives a command its details.</summary>
    public static Command WithDetails(this Command command, string details)
    {
        All.Add(command, details);
        return command;
    }

    /// <summary>A command's details; empty without any.</summary>
    public static string Of(Command command) => All.TryGetValue(command, out var details) ? details : "";
}
