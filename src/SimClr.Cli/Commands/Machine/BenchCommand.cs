using System.CommandLine;
using SimClr.Cli.Benchmarks;
using SimClr.Cli.Output;
using SimClr.Datasets;
using SimClr.IO;
using SimClr.Runtime;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr bench</c>: measures the speed of this machine and compares it with the hardware's limits and with PyTorch.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var what = new Argument<string[]>("what")
        {
            Description = $"Benchmarks: {string.Join(", ", BenchmarkCatalog.Words)}.",
            HelpName = "WHAT",
            Arity = ArgumentArity.OneOrMore
        };
        what.CompletionSources.Add([.. BenchmarkCatalog.Words]);
        what.Validators.Add(result =>
        {
            foreach (string word in result.Tokens.Select(t => t.Value).Except(BenchmarkCatalog.Words))
                result.AddError($"There is no benchmark " +
                    $"'{word}'{(Spelling.Nearest(word, BenchmarkCatalog.Words) is { } nearest ? $". Did you mean {nearest}?" : ".")}");
        });
        var data = new Option<string?>("--data")
        {
            Description = "Folder of JPEG files for jpeg-224 and loader-jpeg-224. " +
            "Default: built-in images, encoded as JPEG.",
            HelpName = "DIR"
        };
        var quick = new Option<bool>("--quick") { Description = "Run each once, to see that it works. The figures are rough." };
        var rival = new Option<string?>("--rival")
        { Description = "Python with torch and torchvision, to compare with.", HelpName = "PYTHON" };
        var output = new Option<string?>("--output")
        {
            Description = "Write figures, machine and versions to a file. " +
            "In an existing folder it is named after the machine.",
            HelpName = "FILE|DIR"
        };
        var threads = SharedOptions.Threads();
        // One benchmark in this process, with the peaks that the parent process measured.
        var alone = new Option<string?>("--alone") { Hidden = true };
        var json = SharedOptions.Json("Print a list of JSON objects instead of a table.");
        var command = new Command("bench", "Measure the speed of this machine") { what, data, rival, output, quick, alone, threads, json };
        command.SetAction(parsed =>
        {
            var terminal = parsed.Terminal();
            if (parsed.GetValue(output) is { } place) RequirePlace(place);
            var photos = parsed.GetValue(data) is { } folder ? ImageFolderDataset.Open(folder, DatasetPart.Pretraining) : null;
            using var images = new BenchmarkImages(photos);
            var settings = new BenchmarkSettings(parsed.GetValue(threads) ?? Environment.ProcessorCount, parsed.GetValue(quick), images);
            var entries = BenchmarkCatalog.Select(parsed.GetValue(what)!);
            if (parsed.GetValue(alone) is { } peaks)
            {
                Console.Out.WriteLine(BenchmarkProcess.Measure(entries[0], settings, peaks));
                return 0;
            }
            var results = Measure(entries, settings, parsed.GetValue(data), parsed.GetValue(rival) is { } python ? new Rival(python) : null,
                $"simclr {string.Join(' ', parsed.Tokens)}", terminal);
            if (parsed.GetValue(output) is { } path) terminal.Note($"written to {results.Save(path)}");
            var found = new BenchOutput(results);
            found.Print(terminal, parsed.GetValue(json));
            if (found.Noise is { } noise) terminal.Warn(noise);
            return 0;
        });
        return command.WithDetails("Views, loader, loss, training step and encoding: " +
            "speed, the lower bound by arithmetic and memory bandwidth, and memory of a process of its own.").WithExamples(
            ("All benchmarks, a few minutes", "simclr bench all"),
            ("Views alone, for a script", "simclr bench views --json --quiet"),
            ("Decoding of your own photographs", "simclr bench jpeg-224 --data my-photos"),
            ("Beside PyTorch, kept under the machine's name", "simclr bench all --rival /usr/bin/python3 --output benchmarks/results"));
    }

    private static void RequirePlace(string output)
    {
        if (Directory.Exists(output)) OutputCheck.RequireFolder(output);
        else if (!Path.GetExtension(output).Equals(".json", StringComparison.OrdinalIgnoreCase))
            throw new ConfigurationException($"--output takes an existing folder, or a file that ends in .json, not '{output}'.");
        else OutputCheck.RequireFile(output);
    }

    private static BenchmarkResults Measure(IReadOnlyList<BenchmarkEntry> entries, BenchmarkSettings settings,
        string? data, Rival? rival, string command, Terminal terminal)
    {
        Machine.Prepare("cpu", settings.Threads);
        return terminal.Progress("measured", entries.Count, report =>
        {
            var peaks = MachinePeaks.Measure(settings.Threads, settings.Quick);
            var results = new List<Measurement>();
            foreach (var entry in entries)
            {
                report(results.Count, entry.Name);
                results.Add(BenchmarkProcess.Run(entry, settings, data, peaks));
            }
            if (rival is not null)
            {
                report(results.Count, "PyTorch");
                settings.Images.WriteForRival();
                results = results.ConvertAll(r => r with { Rival = rival.Measure(r.Name, settings) });
            }
            return new BenchmarkResults(BenchmarkMachine.Describe(peaks, rival?.Version), BenchmarkMachine.Program,
                DateOnly.FromDateTime(DateTime.UtcNow), command, results);
        });
    }
}
