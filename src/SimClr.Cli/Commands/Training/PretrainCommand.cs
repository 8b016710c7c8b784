using System.CommandLine;
using SimClr.Cli.Drawing;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Pretraining;
using SimClr.Recipes;
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
        var output = new Option<string>("--output") { Description = "The run folder: recipe, metrics, checkpoints.", HelpName = "DIR", Required = true };
        var positives = new PositivesOption();
        var recipe = positives.AddTo(RecipeOptions.OfPretraining());
        var limit = SharedOptions.Limit();
        var threads = SharedOptions.Threads();
        var device = SharedOptions.Device();
        var renderOn = SharedOptions.RenderOn();
        var views = SharedOptions.Renamed("--views", renderOn.Name);
        var weights = SharedOptions.Weights(required: false, "Start the encoder from these weights: a run folder, or a file (.safetensors, .pth, .pt); arch, width, stem and normalisation follow them unless set.");
        var onBadImage = SharedOptions.OnBadImage();
        var resume = new Option<bool>("--resume") { Description = "Go on with the run in --output from its newest checkpoint; begin one where there is none." };
        var keep = NumberOption.Whole("--keep", "Checkpoints kept; default 3.", "K", least: 1);
        var onlineProbe = new Option<bool>("--online-probe") { Description = "Train a linear classifier on the labels beside the encoder and show its accuracy; its gradient does not reach the encoder." };
        var knnEvery = NumberOption.Whole("--knn-every", "Every so many epochs, show the accuracy of a kNN classifier on training images with labels.", "EPOCHS", least: 1);
        var saveEvery = NumberOption.Whole("--save-every", "Steps between checkpoints; default an epoch, at most 500.", "STEPS", least: 1);

        var command = new Command("pretrain", "Train an encoder on images without labels.") { data, mirror, output, weights };
        recipe.AddTo(command);
        foreach (var option in (Option[])[limit, threads, device, renderOn, views, resume, onBadImage, keep, saveEvery, onlineProbe, knnEvery]) command.Options.Add(option);

        command.SetAction((parsed, outer) => RankedCommand.RunAsync(ranks => StopSignals.RunAsync(async signals =>
        {
            var folder = new RunFolder(parsed.GetValue(output)!);
            bool begun = ranks.IsFirst && folder.Exists, goOn = parsed.GetValue(resume) && begun;
            if (begun && !goOn)
                throw new InvalidDataException($"{folder.Path} holds a run already: --resume goes on with it, another --output begins a new one.");
            if (ranks.IsFirst) OutputCheck.RequireFolder(folder.Path);
            var (given, arguments) = (recipe.RecipeSettings(parsed), recipe.ArgumentSettings(parsed));
            ranks.RequireSame("versions of simclr", () => PretrainRun.Version);
            ranks.RequireSame("recipes or options", () => string.Join('\n', given.Concat(arguments).Select(setting => $"{setting.Key}: {setting.Value}")));
            var terminal = ranks.Of(parsed.Terminal());
            string? startFile = ranks.IsFirst && !goOn && parsed.GetValue(weights) is { } named ? Path.GetFullPath(named) : null;
            if (startFile is not null) Machine.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            using var start = startFile is null ? null : TrainedEncoder.Load(startFile, TorchSharp.torch.CPU, terminal);
            if (start is not null) given = [.. start.ToSettings().ExceptBy(given.Select(g => g.Key), s => s.Key), .. given];
            // Rank 0 reads the run for all: the others may not see its folder.
            var options = ranks.Share(() => goOn ? folder.ReadOptions([.. given, .. arguments]) : OptionsBinder.Bind<PretrainOptions>(given, arguments));
            var settings = ranks.Share(() => goOn
                ? folder.ReadSettings(parsed.GetValue(data), parsed.GetValue(limit), parsed.GetValue(onlineProbe), parsed.GetValue(knnEvery))
                : new RunSettings
                {
                    Data = parsed.GetValue(data) is { } images ? ImageSource.AbsoluteName(images) : throw new ConfigurationException(
                        $"--data is missing{(parsed.GetValue(resume) ? $", and there is no run in {folder.Path} to go on with" : "")}: name a folder of images, or builtin to try it out."),
                    Limit = parsed.GetValue(limit),
                    GroupColumn = positives.Column(parsed),
                    Weights = startFile,
                    OnlineProbe = parsed.GetValue(onlineProbe),
                    KnnEvery = parsed.GetValue(knnEvery),
                });
            // Each rank finds the images at the path on its own command line: hosts may store them in different places.
            if (!ranks.IsFirst) settings = settings with { Data = parsed.GetValue(data) ?? settings.Data, Limit = parsed.GetValue(limit) ?? settings.Limit };
            settings = settings with { GroupColumn = positives.Column(parsed) ?? settings.GroupColumn };
            var how = new PretrainRunOptions
            {
                Ranks = ranks,
                Messages = terminal,
                StartFrom = start,
                DrawViews = ViewSheet.OfRun,
                Threads = parsed.GetValue(threads),
                Device = parsed.GetValue(device)!,
                RenderOn = parsed.GetValue(renderOn),
                OnBadImage = parsed.GetValue(onBadImage),
                Keep = parsed.GetValue(keep) ?? 3,
                SaveEvery = parsed.GetValue(saveEvery),
            };
            ranks.Prepare(how.Device, how.Threads);
            signals.Begin(Timeout.InfiniteTimeSpan);
            var source = await ranks.FirstThenOthersAsync(() => ImageSource.FindAsync(settings.WhereImagesAre(), DownloadCache.Place(parsed.GetValue(mirror), terminal), terminal, signals.Token));
            (goOn ? PretrainRun.Resume(folder, source, options, settings, how) : PretrainRun.Start(folder, source, options, settings, how)).Execute(signals.Token);
            return signals.ExitCode;
        }, outer)));
        return command.WithExamples(
            ("On your own photos", "simclr pretrain --data my-photos --output runs/mine --epochs 200"),
            ("On a small machine: a narrower encoder, a quarter of the work in its stem", "simclr pretrain --data my-photos --output runs/small --width 0.25 --set encoder.stem=small-stride2"),
            ("By a recipe, its batch changed", "simclr pretrain --data cifar10 --output runs/cifar --recipe cifar10-cpu --batch-size 128"),
            ("On a GPU", "simclr pretrain --data cifar10 --output runs/gpu --recipe cifar10-resnet18-100 --device cuda --precision bf16"),
            ("Go on after Ctrl+C, a crash or a power cut", "simclr pretrain --output runs/mine --resume"),
            ("The two views of a pair from two images of one patient, whom a list names", "simclr pretrain --data scans --output runs/patients --positives scans.csv:patient"),
            ("From torchvision's weights", "simclr pretrain --data my-photos --output runs/tuned --weights resnet18.pth"));
    }
}
