using System.CommandLine;
using System.Globalization;
using SimClr.Cli.Drawing;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Evaluation;
using SimClr.Export;
using SimClr.RunFolders;
using SimClr.Runtime;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr projector</c>: the representations of images where TensorBoard's embedding projector shows them.</summary>
internal static class ProjectorCommand
{
    private const int DefaultImages = 2000, ThumbnailSide = 64;

    public static Command Create()
    {
        var weights = SharedOptions.Weights();
        var data = SharedOptions.Data();
        var mirror = SharedOptions.Mirror();
        var images = NumberOption.Whole("--images", $"How many of the images, drawn by the run's seed; default {DefaultImages}.", "N", least: 1);
        var output = new Option<string?>("--output") { Description = "The folder for the files; default the run's tensorboard folder.", HelpName = "DIR" };
        var threads = SharedOptions.Threads();
        var device = SharedOptions.Device();
        var command = new Command("projector", "Write images' representations and thumbnails for TensorBoard's embedding projector.") { weights, data, mirror, images, output, threads, device };
        command.SetAction(async (parsed, cancellation) =>
        {
            var terminal = parsed.Terminal();
            string from = parsed.GetValue(weights)!;
            string folder = parsed.GetValue(output) ?? (new RunFolder(from) is { Exists: true } run
                ? run.TensorBoardFolder
                : throw new ConfigurationException($"--output is missing: {from} is no run folder, so name a folder for the files."));
            OutputPlace.RequireFolder(folder);
            var source = await ImageSource.FindAsync(parsed.GetValue(data)!, DownloadCache.Place(parsed.GetValue(mirror), terminal), terminal, cancellation);
            source.KeepApart(folder);
            var place = Machine.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            using var model = TrainedModel.Load(from, place, terminal);
            var set = source.ForPretraining(parsed.GetValue(images) ?? DefaultImages, model.Options.Seed);
            var extractor = new FeatureExtractor(set);
            using var features = extractor.Encode(model.Model.Encoder, model.Options.Preprocessing, place);
            DamagedImageNotes.SayAll(extractor.BadImages, terminal);

            int[] shown = [.. Enumerable.Range(0, set.Count).Except(extractor.BadImages.Select(b => b.Index))];
            int side = EmbeddingProjector.ThumbnailSide(shown.Length, Math.Min(ThumbnailSide, ImageSource.LargestSide(set)));
            string Class(int index) => set.Label(index) is >= 0 and var label ? set.Classes[label] : "";
            EmbeddingProjector.Write(
                folder,
                string.Create(CultureInfo.InvariantCulture, $"h of {set.Name}"),
                features.Values,
                [("class", [.. shown.Select(Class)]), ("image", [.. shown.Select(set.Describe)])],
                Thumbnail.Of(set, shown, side));
            terminal.Result(Path.GetFullPath(folder));
            terminal.Note($"{shown.Length} images, {features.Dimensions} dimensions. tensorboard --logdir {folder} shows them under Projector.");
            return 0;
        });
        return command.WithExamples(
            ("Look at what a run learned, beside its curves", "simclr projector --weights runs/mine --data my-photos && tensorboard --logdir runs/mine/tensorboard"));
    }
}
