using System.Diagnostics;
using SimClr.Tests;

namespace SimClr.Cli.Tests.Commands;

/// <summary>Runs bash lines in which <c>simclr</c> is the program under test.</summary>
internal static class Shell
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "SimClr.Cli.dll");

    /// <summary>The stdout of the lines; stderr is dropped.</summary>
    public static string Run(string lines, params (string Name, string Value)[] environment) => Start(["-c", $"simclr() {{ dotnet '{Program}' \"$@\"; }}\n{lines}"], environment);

    /// <summary>
    /// The output of <c>simclr ARGUMENTS</c> in a folder, on a terminal of 80 columns: stdout and stderr, on a pseudo-terminal of
    /// util-linux's <c>script</c>.
    /// </summary>
    public static string OnTerminal(string folder, string arguments, params (string Name, string Value)[] environment) =>
        Start(["-c", $"script -qec \"stty cols 80; cd '{folder}'; dotnet '{Program}' {arguments}\" /dev/null < /dev/null"], [("TERM", "xterm-256color"), .. environment]);

    private static string Start(string[] arguments, (string Name, string Value)[] environment)
    {
        Needs.Linux("bash");
        var start = new ProcessStartInfo("bash", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string name in (string[])["NO_COLOR", "TERM", "GITHUB_ACTIONS"]) start.Environment.Remove(name);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
