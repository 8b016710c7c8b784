using System.CommandLine;
using System.Diagnostics;
using SimClr.Cli.Output;
using SimClr.Cli.Reports;
using SimClr.RunFolders;
using SimClr.Runtime;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr watch</c>: shows the report of a run in a browser while the run trains.</summary>
internal static class WatchCommand
{
    public static Command Create()
    {
        var path = new Argument<string>("RUN") { Description = "A run folder." };
        var port = NumberOption.Whole("--port", "The port on 127.0.0.1; default a free one. The address is printed.", "N", least: 0, most: ushort.MaxValue);
        var evaluate = new Option<bool>("--evaluate") { Description = "Also evaluate every new checkpoint while the page is open: evaluation, map, neighbours. This slows a run on the same machine." };
        var data = SharedOptions.Data(required: false);
        data.Description = "With --evaluate: where the images are, if not where the run found them.";
        var images = NumberOption.Whole("--images", $"With --evaluate: look at N training and N test images at most, drawn by the seed; default {ReportRequest.DefaultImages}.", "N", least: 2);
        var threads = NumberOption.Whole("--threads", "With --evaluate: threads of the arithmetic; default 1.", "N", least: 1);
        var command = new Command("watch", "Show a run in the browser while it trains: the page of `simclr report`, at an address that only this machine can reach, kept up to date until Ctrl+C.")
        {
            path, port, evaluate, data, images, threads,
        };
        command.SetAction((parsed, outer) => StopSignals.RunAsync(async signals =>
        {
            // The training run has priority. A thread inherits the priority of the thread that starts it, so the priority is set before any
            // thread starts.
            if (parsed.GetValue(evaluate)) Process.GetCurrentProcess().PriorityClass = ProcessPriorityClass.BelowNormal;
            signals.Begin();
            var terminal = parsed.Terminal();
            var folder = new RunFolder(parsed.GetValue(path)!);
            string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder.Path));
            var silent = new Terminal(quiet: true);
            var request = new ReportRequest { Data = parsed.GetValue(data), Downloads = DownloadCache.Place(null, silent), Images = parsed.GetValue(images) ?? ReportRequest.DefaultImages };
            var evaluation = parsed.GetValue(evaluate)
                ? new LiveEvaluation(folder, name, request, Machine.Prepare("cpu", parsed.GetValue(threads) ?? 1), silent, signals.Token)
                : null;
            using var run = new LiveRun(folder, name, evaluation);
            run.Look();
            await new LiveServer(run, terminal).ServeAsync(parsed.GetValue(port) ?? 0, signals.Token);
            return signals.ExitCode;
        }, outer));
        return command.WithExamples(
            ("A run that trains", "simclr watch runs/mine"),
            ("With evaluation, map and neighbours of every checkpoint", "simclr watch runs/mine --evaluate"),
            ("On a server, seen from your desk: there, then here, then open http://localhost:8000", "simclr watch runs/mine --port 8000 && ssh -L 8000:127.0.0.1:8000 server"));
    }
}
