using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using SimClr.Runtime;

namespace SimClr.Cli.Benchmarks;

/// <summary>
/// A benchmark in a separate process: the program itself, started with <c>bench NAME --alone PEAKS</c>. Its memory is then only that of the
/// benchmark.
/// </summary>
internal static class BenchmarkProcess
{
    /// <summary>Starts the process and reads its measurement.</summary>
    /// <exception cref="InvalidOperationException">The process failed; the message is its output.</exception>
    public static Measurement Run(BenchmarkEntry entry, BenchmarkSettings settings, string? data, MachinePeaks peaks)
    {
        string threads = settings.Threads.ToString(CultureInfo.InvariantCulture);
        List<string> arguments = ["bench", entry.Name, "--threads", threads, "--alone",
            JsonSerializer.Serialize(peaks, BenchmarkResults.OneLine)];
        if (settings.Quick) arguments.Add("--quick");
        if (data is not null) arguments.AddRange(["--data", data]);
        var start = Program(arguments);
        foreach (var (name, value) in entry.Environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string printed = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<Measurement>(printed, BenchmarkResults.Json)!
            : throw new InvalidOperationException($"{entry.Name} ended with exit code {process.ExitCode}: {error.Result.Trim()}");
    }

    // This program, if it is an executable of its own. Otherwise dotnet with the program's library: dotnet started it, or another program
    // calls it.
    private static ProcessStartInfo Program(List<string> arguments)
    {
        string self = Environment.ProcessPath!;
        bool isProgram = Assembly.GetEntryAssembly() == typeof(BenchmarkProcess).Assembly
            && Path.GetFileNameWithoutExtension(self) != "dotnet";
        return new ProcessStartInfo(isProgram ? self : "dotnet",
            isProgram ? arguments : [Path.Combine(AppContext.BaseDirectory, "SimClr.Cli.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }

    /// <summary>The work of that process.</summary>
    /// <returns>The measurement, as JSON.</returns>
    public static string Measure(BenchmarkEntry entry, BenchmarkSettings settings, string peaks)
    {
        Machine.Prepare("cpu", settings.Threads);
        return JsonSerializer.Serialize(Measurement.Of(entry, settings,
            JsonSerializer.Deserialize<MachinePeaks>(peaks, BenchmarkResults.Json)!), BenchmarkResults.OneLine);
    }
}
