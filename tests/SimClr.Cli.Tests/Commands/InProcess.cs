using SimClr.Cli.Commands;
using Spectre.Console;

namespace SimClr.Cli.Tests.Commands;

/// <summary>
/// Runs the program in this process. This is quicker than <see cref="Simclr"/>, because libtorch is loaded once. The console belongs to the
/// process, so the classes that use it run alone.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class InProcess
{
    public const string Name = "console";

    internal static (int ExitCode, string Output, string Error) Run(string arguments) =>
        Run(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    internal static (int ExitCode, string Output, string Error) Run(string[] arguments)
    {
        var (console, errors, tables) = (Console.Out, Console.Error, AnsiConsole.Console);
        using var output = new StringWriter();
        using var error = new StringWriter();
        try
        {
            Console.SetOut(output);
            Console.SetError(error);
            AnsiConsole.Console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No });
            int exitCode = CommandLine.RunAsync(arguments).GetAwaiter().GetResult();
            return (exitCode, Lines(output), Lines(error));
        }
        finally
        {
            Console.SetOut(console);
            Console.SetError(errors);
            AnsiConsole.Console = tables;
        }
    }

    /// <summary>What was written, with the line ends of Linux.</summary>
    internal static string Lines(object written) => written.ToString()!.ReplaceLineEndings("\n");
}
