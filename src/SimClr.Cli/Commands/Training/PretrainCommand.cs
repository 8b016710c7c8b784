using System.CommandLine;
using SimClr.Cli.Drawing;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.RunFolders;
using SimClr.Runs;
using SimClr.Runtime;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr pretrain</c>: trains an encoder on images and writes a run folder.</summary>
internal static class PretrainCommand
{
    public static Command Create()
    {
        var data = SharedOptions.Data(required: false);
        var mirror = SharedOptions.Mirror();
        var output = new Option<string>("--output")
        { Description = "Run folder, for recipe, metrics and checkpoints.", HelpName = "DIR", Required = true };
        var positives = new PositivesOption();
        var recipe = positives.AddTo(RecipeOptions.OfPretraining(AutomaticOptions.DefaultRecipe));
        var limit = SharedOptions.Limit();
        var threads = SharedOptions.Threads();
        var device = SharedOptions.Device();
        var renderOn = SharedOptions.RenderOn();
        var views = SharedOptions.Renamed("--views", renderOn.Name);
        var weights = SharedOptions.Weights(required: false, "Start from the encoder of a run folder, or of a file of weights. " +
            "A file: .safetensors, .pth or .pt. Arch, width, stem and normalisation are those of the weights unless they are given.");
        var onBadImage = SharedOptions.OnBadImage();
        var resume = new Option<bool>("--resume") { Description = "Continue the run in --output from its newest checkpoint, or start it." };
        var keep = NumberOption.Whole("--keep", "Checkpoints to keep.", "K", least: 1).In(HelpGroup.Output).ForFew().WithDefault("3");
        var onlineProbe = new Option<bool>("--online-probe")
        {
            Description = "Train a linear classifier beside the " +
            "encoder and print its accuracy. It needs labels; its gradient does not reach the encoder."
        }.In(HelpGroup.Training).ForFew();
        var knnEvery = NumberOption.Whole("--knn-every", "Print the kNN accuracy every N epochs (needs labels). " +
            "The classifier uses training images alone.", "N", least: 1).In(HelpGroup.Training).WithDefault("never");
        var saveEvery = NumberOption.Whole("--save-every", "Steps between checkpoints.", "STEPS", least: 1)
            .In(HelpGroup.Output).ForFew().WithDefault("an epoch, at most 500");

        var command = new Command("pretrain", "Train an encoder on images without labels")
            { data, output, resume, weights, device, mirror };
        recipe.AddTo(command);
        foreach (var option in (Option[])[limit, threads, renderOn, views, onBadImage, keep, saveEvery, onlineProbe, knnEvery])
            command.Options.Add(option);

        command.SetAction((parsed, outer) => RankedCommand.RunAsync(ranks => StopSignals.RunAsync(async signals =>
        {
            var folder = new RunFolder(parsed.GetValue(output)!);
            bool begun = ranks.IsFirst && folder.Exists, goOn = parsed.GetValue(resume) && begun;
            if (begun && !goOn)
                throw new InvalidDataException($"{folder.Path} already holds a run. " +
                    $"Continue it with --resume, or choose another --output.");
            if (ranks.IsFirst) OutputCheck.RequireFolder(folder.Path);
            var (given, arguments) = (recipe.RecipeSettings(parsed), recipe.ArgumentSettings(parsed));
            ranks.RequireSame("versions of simclr", () => PretrainRun.Version);
            ranks.RequireSame("recipes or options", () =>
                string.Join('\n', (given ?? []).Concat(arguments).Select(setting => $"{setting.Key}: {setting.Value}")));
            var terminal = ranks.Of(parsed.Terminal());
            string? startFile = ranks.IsFirst && !goOn && parsed.GetValue(weights) is { } from ? Path.GetFullPath(from) : null;
            if (startFile is not null) Machine.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            using var start = startFile is null ? null : TrainedEncoder.Load(
                startFile, TorchSharp.torch.CPU, terminal, parsed.GetValue(SharedOptions.TrustScript));
            // Rank 0 reads the run for all ranks, because the others may not see its folder. Options are checked before the program looks
            // for images.
            var automatic = ranks.IsFirst && !goOn ? new AutomaticOptions(given, arguments, start?.ToSettings()) : null;
            var known = goOn ? folder.ReadOptions([.. (given ?? []).Concat(arguments)
                .Where(setting => !AutomaticOptions.IsAuto(setting))]) : automatic?.Draft;
            var settings = ranks.Share(() => goOn
                ? folder.ReadSettings(parsed.GetValue(data), parsed.GetValue(limit), parsed.GetValue(onlineProbe),
                    parsed.GetValue(knnEvery))
                : new RunSettings
                {
                    Data = parsed.GetValue(data) is { } images ? ImageSource.AbsoluteName(images) : throw new ConfigurationException(
                        $"--data is missing{(parsed.GetValue(resume) ? $", and {folder.Path} holds no run to continue" : "")}. " +
                            $"Name a folder of images, or builtin to try it out."),
                    Limit = parsed.GetValue(limit),
                    GroupColumn = positives.Column(parsed),
                    Weights = startFile,
                    OnlineProbe = parsed.GetValue(onlineProbe),
                    KnnEvery = parsed.GetValue(knnEvery),
                });
            // Each rank finds the images at the path on its own command line: hosts may store them in different places.
            if (!ranks.IsFirst)
                settings = settings with
                { Data = parsed.GetValue(data) ?? settings.Data, Limit = parsed.GetValue(limit) ?? settings.Limit };
            settings = settings with { GroupColumn = positives.Column(parsed) ?? settings.GroupColumn };
            // A run continues on the device that it began on, unless another one is named.
            string named = parsed.GetResult(device) is { Implicit: false }
                ? parsed.GetValue(device)! : settings.Device ?? parsed.GetValue(device)!;
            var place = ranks.Prepare(named, parsed.GetValue(threads));
            var how = new PretrainRunOptions
            {
                Ranks = ranks,
                Messages = terminal,
                StartFrom = start,
                TrustScript = parsed.GetValue(SharedOptions.TrustScript),
                DrawViews = ViewSheet.OfRun,
                Threads = parsed.GetValue(threads),
                Device = Machine.NameOf(place),
                RenderOn = parsed.GetValue(renderOn),
                OnBadImage = parsed.GetValue(onBadImage),
                Keep = parsed.GetValue(keep) ?? 3,
                SaveEvery = parsed.GetValue(saveEvery),
            };
            signals.Begin(Timeout.InfiniteTimeSpan);
            var source = await ranks.FirstThenOthersAsync(() => ImageSource.FindAsync(settings.WhereImagesAre(),
                DownloadCache.Place(parsed.GetValue(mirror), terminal), terminal, signals.Token));
            var options = ranks.Share(() => automatic?.For(source, settings.Limit, settings.GroupColumn, place, ranks.Size) ?? known!);
            if (automatic?.Describe(options) is { } chosen) terminal.Note($"{chosen} Options on the command line replace these.");
            if (named == Machine.Auto && how.Device == "cpu" && Machine.UnusedGpu() is { } obstacle)
                terminal.Note($"Training on the CPU, although there is an NVIDIA GPU: {obstacle}.");
            (goOn ? PretrainRun.Resume(folder, source, options, settings, how) : PretrainRun.Start(folder, source, options, settings, how))
                .Execute(signals.Token);
            return signals.ExitCode;
        }, outer)));
        return command.WithDetails("Without --recipe it takes the recipe photos: about an hour on two processor cores.").WithExamples(
            ("On your own photos", "simclr pretrain --data my-photos --output runs/mine"),
            ("Continue after Ctrl+C, a crash or a power cut", "simclr pretrain --output runs/mine --resume"),
            ("For more epochs, a new run from the weights of one that has ended",
                "simclr pretrain --data my-photos --weights runs/mine --output runs/longer --epochs 200"),
            ("A smaller encoder, for a slow machine", "simclr pretrain --data my-photos --output runs/small --width 0.25"),
            ("With a recipe, and another batch size",
                "simclr pretrain --data cifar10 --output runs/cifar --recipe cifar10-cpu --batch-size 128"),
            ("On a GPU", "simclr pretrain --data cifar10 --output runs/gpu --recipe cifar10-resnet18-100 --device cuda --precision bf16"),
            ("Pairs of two images of the same patient, as a list names them",
                "simclr pretrain --data scans --output runs/patients --positives scans.csv:patient"),
            ("From torchvision's weights", "simclr pretrain --data my-photos --output runs/tuned --weights resnet18.pth"));
    }
}
