using System.CommandLine;

namespace SimClr.Cli.Commands;

/// <summary>
/// Replaces names in messages: the library names an option as recipes do, <c>probe-first: …</c>, the program as on the command line,
/// <c>--probe-first: …</c>.
/// </summary>
internal static class OptionNames
{
    /// <summary>Runs an action whose error messages may begin with the name of one of these options, alone or with its value.</summary>
    public static T AsTyped<T>(IReadOnlyList<Option> options, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (InvalidDataException e) when (e.Message.Split(':')[0].Split(' ') is { Length: <= 2 } start
            && options.Any(option => option.Name == $"--{start[0]}"))
        {
            throw new InvalidDataException($"--{e.Message}", e);
        }
    }
}
