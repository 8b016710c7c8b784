using System.CommandLine;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Protocols;
using SimClr.RunFolders;
using SimClr.Runtime;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr health</c>: measures without labels whether a run learns.</summary>
internal static class HealthCommand
{
    private const int Images = 2048;

    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "A run folder, or a file of weights." };
        var data = SharedOptions.Data(required: false);
        data.Description = "Where the images are, if not where the run found them.";
        var mirror = SharedOptions.Mirror();
        var images = NumberOption.Whole("--images", $"Look at N images at most, drawn by the seed; default {Images}.", "N", least: 2);
        var threads = SharedOptions.Threads();
        var device = SharedOptions.Device();
        var json = SharedOptions.Json();
        var command = new Command("health", "Measure without labels whether an encoder learned something: alignment, uniformity, effective rank, deviation, contrastive accuracy; and warn of a collapse.")
        {
            run, data, mirror, images, threads, device, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var terminal = parsed.Terminal();
            var folder = new RunFolder(parsed.GetValue(run)!);
            string where = folder.Exists ? folder.ReadSettings().WhereImagesAre(parsed.GetValue(data)) : parsed.GetValue(data) ?? throw new InvalidDataException($"{parsed.GetValue(run)} is no run folder and says nothing of images: name some with --data.");
            var source = await ImageSource.FindAsync(where, DownloadCache.Place(parsed.GetValue(mirror), terminal), terminal, cancellation);
            var place = Machine.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            using var model = TrainedEncoder.Load(parsed.GetValue(run)!, place, terminal);
            var some = source.ForPretraining(parsed.GetValue(images) ?? Images, model.Options.Seed);
            var report = terminal.Progress("views", some.Count, report => new HealthCheck(model, some).Run(done => report(done, "")));
            new HealthOutput(report).Print(terminal, parsed.GetValue(json));
            if (report.Alarm is { } alarm) terminal.Warn($"collapse: {alarm}");
            return 0;
        });
        return command.WithExamples(
            ("Is this run learning?", "simclr health runs/mine"),
            ("The same as JSON", "simclr health runs/mine --json --quiet"));
    }
}
