using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace SimClr.Fuzz.Kills;

/// <summary>The program in a process of its own, which may be killed, and is watched.</summary>
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

    /// <summary>Starts it with its arguments as a shell reads them.</summary>
    // A shell's background jobs ignore Ctrl+C, and nohup a hang-up, and both hand that on: env takes it back.
    public static ProgramRun Start(string arguments) => Lines($"exec env --default-signal=INT,HUP {Command} {arguments}");

    /// <summary>Starts lines of bash.</summary>
    public static ProgramRun Lines(string lines) => new(new ProcessStartInfo("bash", ["-c", lines]));

    /// <summary>Runs it to the end.</summary>
    public static ProgramRun Run(string arguments)
    {
        using var run = Start(arguments);
        run.Wait(TimeSpan.FromMinutes(5));
        return run;
    }

    /// <summary>The most memory it was seen with, in bytes.</summary>
    public long Peak { get; private set; }

    /// <summary>How long it has been running, or ran.</summary>
    public TimeSpan Time => clock.Elapsed;

    public bool HasEnded => process.HasExited;

    /// <summary>As a shell says it: 128 and the signal's number where one ended it.</summary>
    public int ExitCode { get; private set; } = -1;

    public string Output => output.Result;

    public string Error => error.Result;

    /// <summary>Waits for its end, and kills it where that does not come in time.</summary>
    /// <returns>Whether it came.</returns>
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
        Task.WaitAll(output, error); // before anybody disposes of the streams
        ExitCode = process.ExitCode;
        return true;
    }

    /// <summary>Sends a signal; nothing where it has ended.</summary>
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
            // It has just ended.
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
