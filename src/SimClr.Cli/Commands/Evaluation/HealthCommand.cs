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
        var run = new Argument<string>("RUN") { Description = "Run folder, or file of weights." };
        var data = SharedOptions.Data(required: false);
        data.Description = "Images, if not those of the run.";
        var mirror = SharedOptions.Mirror();
        var images = NumberOption.Whole("--images", "Most images to use, drawn by the seed.", "N", least: 2)
            .In(HelpGroup.Images).WithDefault($"{Images}");
        var threads = SharedOptions.Threads();
        var device = SharedOptions.Device();
        var json = SharedOptions.Json();
        var command = new Command("health", "Check without labels whether an encoder has learned")
        {
            run, data, mirror, images, threads, device, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var terminal = parsed.Terminal();
            var folder = new RunFolder(parsed.GetValue(run)!);
            var (given, downloads) = (parsed.Places(data), DownloadCache.Place(parsed.GetValue(mirror), terminal));
            var source = folder.Exists ? await folder.ReadSettings().FindImagesAsync(given, downloads, terminal, cancellationToken)
                : await ImageSource.FindAsync(given ?? throw new InvalidDataException(
                    $"{parsed.GetValue(run)} is not a run folder, so the images are unknown. Name them with --data."),
                    downloads, terminal, cancellationToken);
            var place = Machine.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            using var model = TrainedEncoder.Load(parsed.GetValue(run)!, place, terminal, parsed.GetValue(SharedOptions.TrustScript));
            var some = source.ForPretraining(parsed.GetValue(images) ?? Images, model.Options.Seed);
            var report = terminal.Progress("views", some.Count, report => new HealthCheck(model, some).Run(done => report(done, "")));
            new HealthOutput(report).Print(terminal, parsed.GetValue(json));
            if (report.Alarm is { } alarm) terminal.Warn($"collapse: {alarm}");
            return 0;
        });
        return command.WithDetails("Prints alignment, uniformity, effective rank, standard deviation and contrastive accuracy, " +
            "and warns of a collapse.").WithExamples(
            ("Has this run learned something?", "simclr health runs/mine"),
            ("As JSON", "simclr health runs/mine --json --quiet"));
    }
}
