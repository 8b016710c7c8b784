using System.CommandLine;
using SimClr.Cli.Reports;
using SimClr.IO;
using SimClr.RunFolders;
using SimClr.Runtime;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr report</c>: writes a run, or a comparison of several runs, as one HTML file.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var runs = new Argument<string[]>("RUN") { Description = "A run folder; several are compared.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string?>("--output") { Description = "The page; default RUN/report.html, or comparison.html here for several runs.", HelpName = "FILE" };
        output.EndingIn([".html", ".htm"]);
        var data = SharedOptions.Data(required: false);
        data.Description = "Where the images are, if not where the run found them.";
        var mirror = SharedOptions.Mirror();
        var images = NumberOption.Whole("--images", $"Look at N training and N test images at most, drawn by the seed; default {ReportRequest.DefaultImages}.", "N", least: 2);
        var threads = SharedOptions.Threads();
        var device = SharedOptions.Device();
        var command = new Command("report", "Write one self-contained HTML page: curves, evaluation, map, neighbours and views of a run, or a comparison of several.")
        {
            runs, output, data, mirror, images, threads, device,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var terminal = parsed.Terminal();
            string[] paths = parsed.GetValue(runs)!;
            if (parsed.GetValue(output) is { } page) OutputCheck.RequireFile(page);
            var request = new ReportRequest { Data = parsed.GetValue(data), Downloads = DownloadCache.Place(parsed.GetValue(mirror), terminal), Images = parsed.GetValue(images) ?? ReportRequest.DefaultImages };
            var place = Machine.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            var opened = new List<ReportedRun>();
            try
            {
                foreach (string path in paths) opened.Add(await ReportedRun.OpenAsync(new RunFolder(path), Name(path, paths), request, place, terminal, cancellation));
                var report = opened.Count == 1 ? new RunReport(opened[0], request, place, terminal).Build() : new ComparisonReport(opened, request, place, terminal).Build();
                foreach (string note in report.Notes) terminal.Note(note);
                string file = Path.GetFullPath(parsed.GetValue(output) ?? (opened.Count == 1 ? opened[0].Folder.In("report.html") : "comparison.html"));
                AtomicFile.Write(file, ReportPage.Render(report));
                terminal.Result(file);
                return 0;
            }
            finally
            {
                foreach (var run in opened) run.Dispose();
            }
        });
        return command.WithExamples(
            ("One page about a run", "simclr report runs/mine"),
            ("Two runs side by side", "simclr report runs/mine runs/other --output compared.html"));
    }

    // The folder's name, with as much of the path as distinguishes it from the others.
    private static string Name(string path, string[] all)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        return all.Count(other => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(other))) == name) > 1 ? path : name;
    }
}
