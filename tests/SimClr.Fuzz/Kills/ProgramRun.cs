using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace SimClr.Fuzz.Kills;

/// <summary>Runs the program in a process of its own, which is watched and can be killed.</summary>
internal sealed partial class ProgramRun : IDisposable
{
    private readonly Process process;
    private readonly Task<string> output, error;
    private readonly Stopwatch clock = Stopwatch.StartNew();

    private ProgramRun(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError, start.RedirectStandardInput) = (true, true, true);
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        process = Process.Start(start)!;
        (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    }

    /// <summary>The command by which a shell starts the program.</summary>
    public static string Command { get; } = $"dotnet '{Path.Combine(AppContext.BaseDirectory, "SimClr.Cli.dll")}'";

    /// <summary>Starts the program with arguments as a shell reads them.</summary>
    // A shell's background jobs ignore Ctrl+C, and nohup ignores SIGHUP; child processes inherit that. env resets it.
    public static ProgramRun Start(string arguments) => Lines($"exec env --default-signal=INT,HUP {Command} {arguments}");

    /// <summary>Starts bash lines.</summary>
    public static ProgramRun Lines(string lines) => new(new ProcessStartInfo("bash", ["-c", lines]));

    /// <summary>Runs the program to its end.</summary>
    public static ProgramRun Run(string arguments)
    {
        using var run = Start(arguments);
        run.Wait(TimeSpan.FromMinutes(5));
        return run;
    }

    /// <summary>The largest memory observed, in bytes.</summary>
    public long Peak { get; private set; }

    /// <summary>The running time so far, or in total.</summary>
    public TimeSpan Time => clock.Elapsed;

    public bool HasEnded => process.HasExited;

    /// <summary>The exit code as a shell reports it: 128 plus the signal's number if a signal ended it.</summary>
    public int ExitCode { get; private set; } = -1;

    public string Output => output.Result;

    public string Error => error.Result;

    /// <summary>Waits for the end; kills the process if it does not end in time.</summary>
    /// <returns>Whether it ended in time.</returns>
    public bool Wait(TimeSpan most)
    {
        while (!process.WaitForExit(20))
        {
            Look();
            if (clock.Elapsed < most) continue;
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            return false;
        }
        clock.Stop();
        Task.WaitAll(output, error); // before the streams are disposed of
        ExitCode = process.ExitCode;
        return true;
    }

    /// <summary>Sends a signal; does nothing if the process has ended.</summary>
    public void Signal(int number)
    {
        if (!process.HasExited) _ = Kill(process.Id, number);
    }

    private void Look()
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process.Id}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            if (line is not null) Peak = Math.Max(Peak, long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) << 10);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The process has just ended.
        }
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
