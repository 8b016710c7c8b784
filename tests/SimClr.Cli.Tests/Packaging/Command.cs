using System.Diagnostics;

namespace SimClr.Cli.Tests.Packaging;

/// <summary>Runs a command that must succeed.</summary>
internal static class Command
{
    /// <summary>Runs the command to its end, without leaving build servers behind, and returns its output.</summary>
    public static string Run(string folder, string file, params string[] arguments)
    {
        var start = new ProcessStartInfo(file, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["OMP_WAIT_POLICY"] = "PASSIVE";
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(TimeSpan.FromMinutes(5)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{file} {string.Join(' ', arguments)} did not end within five minutes");
        }
        process.ExitCode.ShouldBe(0, $"{file} {string.Join(' ', arguments)}\n{output.Result}{error.Result}");
        return output.Result;
    }
}
