using System.CommandLine;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Export;
using SimClr.RunFolders;
using SimClr.Runtime;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr projector</c>: writes the representations of images for TensorBoard's embedding projector.</summary>
internal static class ProjectorCommand
{
    private const int DefaultImages = 2000;

    public static Command Create()
    {
        var weights = SharedOptions.Weights();
        var data = SharedOptions.Data();
        var mirror = SharedOptions.Mirror();
        var images = NumberOption.Whole("--images", "Number of images, drawn by the run's seed.", "N", least: 1)
            .In(HelpGroup.Images).WithDefault($"{DefaultImages}");
        var output = new Option<string?>("--output")
        { Description = "Folder for the files.", HelpName = "DIR" }.WithDefault("RUN/tensorboard");
        var threads = SharedOptions.Threads();
        var device = SharedOptions.Device();
        var command = new Command("projector", "Write files for TensorBoard's embedding projector")
            { weights, data, mirror, images, output, threads, device };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var terminal = parsed.Terminal();
            string from = parsed.GetValue(weights)!;
            string folder = parsed.GetValue(output) ?? (new RunFolder(from) is { Exists: true } run
                ? run.TensorBoardFolder
                : throw new ConfigurationException($"--output is missing: {from} is not a run folder. Name a folder for the files."));
            OutputCheck.RequireFolder(folder);
            var source = await ImageSource.FindAsync(parsed.Places(data)!,
                DownloadCache.Place(parsed.GetValue(mirror), terminal), terminal, cancellationToken);
            source.RequireOutside(folder);
            var place = Machine.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            using var model = TrainedEncoder.Load(from, place, terminal, parsed.GetValue(SharedOptions.TrustScript));
            var set = source.ForPretraining(parsed.GetValue(images) ?? DefaultImages, model.Options.Seed);
            var written = ProjectorExport.Write(folder, model, set, place, terminal);
            terminal.Result(Path.GetFullPath(folder));
            terminal.Note($"{written.Images} images, {written.Dimensions} dimensions. " +
                $"To see them, run tensorboard --logdir {folder} and open Projector.");
            return 0;
        });
        return command.WithExamples(
            ("Representations of a run, beside its curves",
                "simclr projector --weights runs/mine --data my-photos && tensorboard --logdir runs/mine/tensorboard"));
    }
}
