using System.Diagnostics;
using System.Text;
using SimClr.Tests;

namespace SimClr.Cli.Tests.Commands;

/// <summary>Runs the program in a process of its own.</summary>
internal sealed class Simclr : IDisposable
{
    // libtorch writes this under Wine, which does not count the processor's cores as Windows does.
    private const string UnderWine = "Error in cpuinfo: failed to query size of processor cores information: error 1\n";

    private readonly Process process;
    private readonly Task<string> output, error;
    private readonly TaskCompletionSource<string> first = new();

    private Simclr(string arguments, (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(CommandLine[0], CommandLine[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, StandardOutputEncoding = Encoding.UTF8, StandardErrorEncoding = Encoding.UTF8 };
        foreach (string argument in arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)) start.ArgumentList.Add(argument);
        start.Environment["DOTNET_PROCESSOR_COUNT"] = "1"; // several processes run at once, on tensors too small for several threads
        foreach (var (name, value) in environment) start.Environment[name] = value;
        process = Process.Start(start)!;
        output = ReadAsync();
        error = process.StandardError.ReadToEndAsync();
    }

    // A shell's background jobs ignore Ctrl+C, and nohup ignores SIGHUP; child processes inherit that. env resets it.
    // Windows has no such signals, and a build with .NET inside has the program as SimClr.Cli.exe.
    private static string[] CommandLine =>
        OperatingSystem.IsLinux() ? ["env", "--default-signal=INT,HUP", "dotnet", InTests("SimClr.Cli.dll")]
        : File.Exists(InTests("SimClr.Cli.exe")) ? [InTests("SimClr.Cli.exe")] : ["dotnet", InTests("SimClr.Cli.dll")];

    private static string InTests(string file) => Path.Combine(AppContext.BaseDirectory, file);

    /// <summary>Runs the program to its end.</summary>
    public static (int ExitCode, string Output, string Error) Run(string arguments, params (string Name, string Value)[] environment)
    {
        using var program = Start(arguments, environment);
        return program.End();
    }

    public static Simclr Start(string arguments, params (string Name, string Value)[] environment) => new(arguments, environment);

    public bool HasEnded => process.HasExited;

    /// <summary>The first line of stdout as soon as it is written; empty if the program ends without one.</summary>
    public string FirstLine => first.Task.WaitAsync(TimeSpan.FromMinutes(2)).GetAwaiter().GetResult();

    public (int ExitCode, string Output, string Error) End()
    {
        if (!process.WaitForExit(TimeSpan.FromMinutes(5)))
        {
            process.Kill();
            throw new TimeoutException("simclr did not end within five minutes");
        }
        return (process.ExitCode, InProcess.Lines(output.Result), InProcess.Lines(error.Result).Replace(UnderWine, "", StringComparison.Ordinal));
    }

    /// <summary>Starts the program again until a signal reaches it while it runs. Fails if the program always ends first.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="signal">The signal's name.</param>
    /// <param name="far">Whether the program has come far enough for the signal.</param>
    /// <param name="clear">Removes the output of a run that ended first.</param>
    public static (int ExitCode, string Output, string Error) Stopped(string arguments, string signal, Func<bool> far, Action clear)
    {
        for (int tries = 1; ; tries++)
        {
            using var program = Start(arguments);
            while (!program.HasEnded && !far()) Thread.Sleep(2);
            program.Signal(signal);
            var end = program.End();
            if (end.ExitCode != 0) return end;
            tries.ShouldBeLessThan(8, $"simclr {arguments} was through each time before {signal} came");
            clear();
        }
    }

    /// <summary>Sends a signal by name, for example TERM.</summary>
    public void Signal(string name)
    {
        Needs.Linux("signals");
        using var kill = Process.Start("kill", [$"-{name}", $"{process.Id}"]);
        kill.WaitForExit();
    }

    private async Task<string> ReadAsync()
    {
        var all = new StringBuilder();
        char[] some = new char[4096];
        for (int count; (count = await process.StandardOutput.ReadAsync(some)) > 0;)
        {
            all.Append(some, 0, count);
            if (all.ToString().IndexOf('\n', StringComparison.Ordinal) is var end and >= 0) first.TrySetResult(all.ToString(0, end));
        }
        first.TrySetResult("");
        return all.ToString();
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
    }
}
