using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using SimClr.Fuzz.Mutations;
using SimClr.Fuzz.Readers;

namespace SimClr.Fuzz.Running;

/// <summary>Runs a worker over some readers to the end, and restarts it after each crash.</summary>
internal sealed class Overseer(string folder, int mutations, long seed, IReadOnlyList<FuzzReader> readers)
{
    // Per reader: further faults would only cost time.
    private const int MostDeaths = 20;

    /// <summary>A row per reader, and all faults.</summary>
    public (IReadOnlyList<ReaderRow> Rows, IReadOnlyList<Fault> Faults) Run()
    {
        Directory.CreateDirectory(folder);
        string progress = Path.Combine(folder, Worker.ProgressFile);
        int[] deaths = new int[readers.Count];
        while (Start() is (not 0 and var exitCode, var said))
        {
            var at = Progress.Load(progress);
            var reader = readers[Math.Min(at.Reader, readers.Count - 1)];
            if (at.Mutation < 0) throw new InvalidOperationException($"The worker cannot begin: {said}");
            if (exitCode != Worker.Hung) Worker.Tell(folder, new Fault(reader.Name, seed, at.Mutation, Verdict.Crash, $"exit code {exitCode}: {said}"));
            Worker.Keep(folder, reader, at.Mutation, Mutator.Make(reader, seed, at.Mutation));
            if (++deaths[at.Reader] < MostDeaths) continue;
            at.Finish(folder, reader, at.Mutation + 1);
            using var file = File.OpenHandle(progress, FileMode.Open, FileAccess.Write);
            new Progress { Reader = at.Reader + 1, Mutation = -1 }.Save(file);
        }
        return (Lines<ReaderRow>(Worker.RowsFile), Lines<Fault>(Worker.FaultsFile));
    }

    private (int ExitCode, string Said) Start()
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Overseer).Assembly.Location, Worker.Argument, folder, $"{mutations}", seed.ToString(CultureInfo.InvariantCulture), .. readers.Select(reader => reader.Name)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        start.Environment["DOTNET_EnableDiagnostics"] = "0"; // the folder contains no pipes
        start.Environment["DOTNET_gcConcurrent"] = "0";
        start.Environment["TMPDIR"] = folder;
        using var worker = Process.Start(start)!;
        var output = worker.StandardOutput.ReadToEndAsync();
        string error = worker.StandardError.ReadToEnd();
        worker.WaitForExit();
        string first = string.Join(' ', (error + output.Result).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(4));
        return (worker.ExitCode, first.Length > 400 ? first[..400] : first);
    }

    private List<T> Lines<T>(string file) => File.Exists(Path.Combine(folder, file)) ? [.. File.ReadLines(Path.Combine(folder, file)).Select(line => JsonSerializer.Deserialize<T>(line)!)] : [];
}
