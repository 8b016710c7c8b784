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
        var path = new Argument<string>("RUN") { Description = "Run folder." };
        var port = NumberOption.Whole("--port", "Port on 127.0.0.1. The address is printed.", "N", least: 0, most: ushort.MaxValue)
            .WithDefault("a free one");
        var evaluate = new Option<bool>("--evaluate")
        { Description = "Also evaluate each new checkpoint while the page is open. This slows down a run on the same machine." };
        var data = SharedOptions.Data(required: false);
        data.Description = "With --evaluate: images, if not those of the run.";
        var images = NumberOption.Whole("--images", "With --evaluate: most training and most test images to use.", "N", least: 2)
            .WithDefault($"{ReportRequest.DefaultImages}");
        var threads = NumberOption.Whole("--threads", "With --evaluate: threads for arithmetic.", "N", least: 1, SharedOptions.MostThreads)
            .WithDefault("1");
        var command = new Command("watch", "Show a run in the browser while it trains")
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
            var request = new ReportRequest
            {
                Data = parsed.Places(data),
                TrustScript = parsed.GetValue(SharedOptions.TrustScript),
                Downloads = DownloadCache.Place(null, silent),
                Images = parsed.GetValue(images) ?? ReportRequest.DefaultImages
            };
            var evaluation = parsed.GetValue(evaluate)
                ? new LiveEvaluation(folder, name, request, Machine.Prepare("cpu", parsed.GetValue(threads) ?? 1), silent, signals.Token)
                : null;
            using var run = new LiveRun(folder, name, evaluation);
            run.Look();
            await new LiveServer(run, terminal).ServeAsync(parsed.GetValue(port) ?? 0, signals.Token);
            return signals.ExitCode;
        }, outer));
        return command.WithDetails("Serves the page of `simclr report` on this machine until Ctrl+C, " +
            "and keeps it up to date.").WithExamples(
            ("A run in training", "simclr watch runs/mine"),
            ("With evaluation, map and neighbours of every checkpoint", "simclr watch runs/mine --evaluate"),
            ("On a server, then on your own machine; open http://localhost:8000",
                "simclr watch runs/mine --port 8000 && ssh -L 8000:127.0.0.1:8000 server"));
    }
}
