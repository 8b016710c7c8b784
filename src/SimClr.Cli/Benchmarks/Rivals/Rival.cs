using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace SimClr.Cli.Benchmarks;

/// <summary>A Python with PyTorch and torchvision. It runs <c>benchmarks/rivals/rivals.py</c>, which is embedded in the program.</summary>
internal sealed class Rival
{
    private readonly string python;
    private readonly HashSet<string> names;

    /// <summary>Asks the interpreter for its versions and benchmarks.</summary>
    /// <param name="python">The interpreter.</param>
    /// <exception cref="InvalidDataException">
    /// It lacks PyTorch or torchvision, or is no Python; the message contains its output.
    /// </exception>
    public Rival(string python)
    {
        this.python = python;
        string printed = Run([], "--version").Trim();
        string[] lines = printed.Contains("PyTorch", StringComparison.Ordinal) ? printed.Split('\n') : throw NoPython(printed);
        (Version, names) = (lines[0].Trim(), [.. lines[^1].Split(' ', StringSplitOptions.TrimEntries)]);
    }

    /// <summary>The versions of Python, PyTorch and torchvision, on one line.</summary>
    public string Version { get; }

    /// <summary>Measures the counterpart of a benchmark, in a separate process; null if there is none.</summary>
    /// <exception cref="InvalidDataException">The script failed; the message contains its error.</exception>
    public RivalMeasurement? Measure(string name, BenchmarkSettings settings)
    {
        if (!names.Contains(name)) return null;
        string[] numbers = [.. ((double[])[settings.Threads, settings.Seconds, settings.Repetitions])
            .Select(n => n.ToString(CultureInfo.InvariantCulture))];
        string printed = Run([("OMP_NUM_THREADS", numbers[0]), ("OPENBLAS_NUM_THREADS", numbers[0])],
            [settings.Images.Folder, .. numbers, name]);
        try
        {
            return JsonSerializer.Deserialize<List<RivalMeasurement>>(printed, BenchmarkResults.Json)!.Single();
        }
        catch (JsonException)
        {
            throw NoPython(printed);
        }
    }

    private string Run((string Name, string Value)[] environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(python, ["-", .. arguments])
        { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        // Threads that wait sleep, as ours do (ProcessSettings): OpenMP's default, spinning, takes the processors from OpenBLAS's threads.
        start.Environment.TryAdd("OMP_WAIT_POLICY", "PASSIVE");
        using var process = Start(start);
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            using var script = typeof(Rival).Assembly.GetManifestResourceStream("rivals.py")!;
            using var input = process.StandardInput.BaseStream;
            script.CopyTo(input);
        }
        catch (IOException)
        {
            // The process has ended already. Its exit code says more.
        }
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw Failure($"exit code {process.ExitCode} {error.Result.Trim().Split('\n')[^1].Trim()}".Trim());
    }

    private InvalidDataException NoPython(string printed) =>
        Failure($"it is no Python, it printed '{printed.Trim().Split('\n')[0].Trim()}'");

    private InvalidDataException Failure(string what) =>
        new($"--rival {python}: {what} (it needs torch and torchvision; Debian: python3-torch, python3-torchvision)");

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidDataException($"--rival {python} cannot be started: {e.Message}", e);
        }
    }
}
