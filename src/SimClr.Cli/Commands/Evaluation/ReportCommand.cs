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
        var runs = new Argument<string[]>("RUN") { Description = "Run folder. Several are compared.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string?>("--output")
        { Description = "Page to write. Of several runs: comparison.html in this folder.", HelpName = "FILE" }
            .WithDefault("RUN/report.html");
        output.EndingIn([".html", ".htm"]);
        var data = SharedOptions.Data(required: false);
        data.Description = "Images, if not those of the run.";
        var mirror = SharedOptions.Mirror();
        var images = NumberOption.Whole("--images", "Most training and most test images to use, drawn by the seed.", "N", least: 2)
            .In(HelpGroup.Images).WithDefault($"{ReportRequest.DefaultImages}");
        var threads = SharedOptions.Threads();
        var device = SharedOptions.Device();
        var command = new Command("report", "Write an HTML page about a run, or compare several")
        {
            runs, output, data, mirror, images, threads, device,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var terminal = parsed.Terminal();
            string[] paths = parsed.GetValue(runs)!;
            if (parsed.GetValue(output) is { } page) OutputCheck.RequireFile(page);
            var request = new ReportRequest
            {
                Data = parsed.Places(data),
                TrustScript = parsed.GetValue(SharedOptions.TrustScript),
                Downloads = DownloadCache.Place(parsed.GetValue(mirror), terminal),
                Images = parsed.GetValue(images) ?? ReportRequest.DefaultImages,
            };
            var place = Machine.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            var opened = new List<ReportedRun>();
            try
            {
                foreach (string path in paths)
                    opened.Add(await ReportedRun.OpenAsync(
                        new RunFolder(path), Name(path, paths), request, place, terminal, cancellationToken));
                var report = opened.Count == 1 ? new RunReport(opened[0], request, place, terminal).Build()
                    : new ComparisonReport(opened, request, place, terminal).Build();
                foreach (string note in report.Notes) terminal.Note(note);
                string file = Path.GetFullPath(parsed.GetValue(output)
                    ?? (opened.Count == 1 ? opened[0].Folder.In("report.html") : "comparison.html"));
                AtomicFile.Write(file, ReportPage.Render(report));
                terminal.Result(file);
                return 0;
            }
            finally
            {
                foreach (var run in opened) run.Dispose();
            }
        });
        return command.WithDetails("One self-contained file: curves, evaluation, map, neighbours and views.").WithExamples(
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
