using System.CommandLine;
using SimClr.Cli.Drawing;
using SimClr.Cli.Output;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Loading;
using SimClr.RunFolders;
using SimClr.Runs;
using SimClr.Runtime;

namespace SimClr.Cli.Commands;

/// <summary>
/// A training run in a folder: the options of <c>simclr pretrain</c> and <c>simclr distill --features</c>, and how it runs.
/// </summary>
internal sealed class TrainingRun
{
    private readonly RecipeOptions recipe;
    private readonly PositivesOption? positives;
    private readonly Option<BadImagePolicy> onBadImage = SharedOptions.OnBadImage();
    private readonly Option<RenderDevice> renderOn = SharedOptions.RenderOn();
    private readonly Option<int?> keep =
        NumberOption.Whole("--keep", "Checkpoints to keep.", "K", least: 1).In(HelpGroup.Output).ForFew().WithDefault("3");

    private readonly Option<bool> onlineProbe = new Option<bool>("--online-probe")
    {
        Description = "Train a linear classifier beside the " +
            "encoder and print its accuracy. It needs labels; its gradient does not reach the encoder.",
    }.In(HelpGroup.Training).ForFew();

    private readonly Option<int?> knnEvery = NumberOption.Whole("--knn-every", "Print the kNN accuracy every N epochs (needs labels). " +
        "The classifier uses training images alone.", "N", least: 1).In(HelpGroup.Training).WithDefault("never");

    private readonly Option<int?> saveEvery = NumberOption.Whole("--save-every", "Steps between checkpoints.", "STEPS", least: 1)
        .In(HelpGroup.Output).ForFew().WithDefault("an epoch, at most 500");

    /// <param name="recipe">The options of the recipe.</param>
    /// <param name="positives">The option among them that names the groups of the pairs; null where the command has none.</param>
    public TrainingRun(RecipeOptions recipe, PositivesOption? positives = null) => (this.recipe, this.positives) = (recipe, positives);

    public Option<string[]> Data { get; } = SharedOptions.Data(required: false);

    public Option<Uri?> Mirror { get; } = SharedOptions.Mirror();

    public Option<string> Output { get; } = new("--output")
    { Description = "Run folder, for recipe, metrics and checkpoints.", HelpName = "DIR", Required = true };

    public Option<bool> Resume { get; } = new("--resume")
    { Description = "Continue the run in --output from its newest checkpoint, or start it." };

    public Option<int?> Limit { get; } = SharedOptions.Limit();

    public Option<int?> Threads { get; } = SharedOptions.Threads();

    public Option<string> Device { get; } = SharedOptions.Device();

    /// <summary>Adds the options after those that the command has in front.</summary>
    public void AddTo(Command command)
    {
        recipe.AddTo(command);
        foreach (var option in (Option[])[Limit, Threads, renderOn, onBadImage, keep, saveEvery, onlineProbe, knnEvery])
            command.Options.Add(option);
    }

    /// <summary>Starts the run, or continues it.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="weights">The weights to start from; null for none.</param>
    /// <param name="teaching">Loads the teacher of the run on a device; null for SimCLR.</param>
    /// <param name="outer">Ends the program.</param>
    public Task<int> ExecuteAsync(ParseResult parsed, string? weights,
        Func<TorchSharp.torch.Device, Terminal, TaughtBy>? teaching, CancellationToken outer) =>
        RankedCommand.RunAsync(ranks => StopSignals.RunAsync(async signals =>
        {
            var folder = new RunFolder(parsed.GetValue(Output)!);
            bool begun = ranks.IsFirst && folder.Exists, goOn = parsed.GetValue(Resume) && begun;
            if (begun && !goOn)
                throw new InvalidDataException($"{folder.Path} already holds a run. " +
                    $"Continue it with --resume, or choose another --output.");
            if (ranks.IsFirst && begun) OutputCheck.RequireFolder(folder.Path);
            else if (ranks.IsFirst) OutputCheck.RequireFolderOfRun(folder.Path);
            var (given, arguments) = (recipe.RecipeSettings(parsed), recipe.ArgumentSettings(parsed));
            ranks.RequireSame("versions of simclr", () => PretrainRun.Version);
            ranks.RequireSame("recipes or options", () =>
                string.Join('\n', (given ?? []).Concat(arguments).Select(setting => $"{setting.Key}: {setting.Value}")));
            var terminal = ranks.Of(parsed.Terminal());
            string? startFile = ranks.IsFirst && !goOn && weights is not null ? Path.GetFullPath(weights) : null;
            if (startFile is not null) Machine.Prepare(parsed.GetValue(Device)!, parsed.GetValue(Threads));
            using var start = startFile is null ? null : TrainedEncoder.Load(
                startFile, TorchSharp.torch.CPU, terminal, parsed.GetValue(SharedOptions.TrustScript));
            // Rank 0 reads the run for all ranks, because the others may not see its folder. Options are checked before the program looks
            // for images.
            var automatic = ranks.IsFirst && !goOn ? new AutomaticOptions(given, arguments, start?.ToSettings()) : null;
            var known = goOn ? folder.ReadOptions([.. AutomaticOptions.WithoutAuto((given ?? []).Concat(arguments))]) : automatic?.Draft;
            var settings = ranks.Share(() => Settings(parsed, folder, goOn, startFile));
            if (goOn && weights is not null && Path.GetFullPath(weights) != settings.Weights)
                throw new ConfigurationException($"--weights {weights}: the run began from {settings.Weights ?? "random weights"}, " +
                    $"and goes on from its own. Leave out --weights, or start a new run.");
            // Each rank finds the images at the path on its own command line: hosts may store them in different places.
            if (!ranks.IsFirst)
                settings = settings with
                { Data = parsed.Places(Data) ?? settings.Data, Limit = parsed.GetValue(Limit) ?? settings.Limit };
            settings = settings with { GroupColumn = positives?.Column(parsed) ?? settings.GroupColumn };
            // A run continues on the device that it began on, unless another one is named.
            string named = parsed.GetResult(Device) is { Implicit: false }
                ? parsed.GetValue(Device)! : settings.Device ?? parsed.GetValue(Device)!;
            var place = ranks.Prepare(named, parsed.GetValue(Threads));
            if (teaching is not null && arguments.FirstOrDefault(
                setting => setting.Key == "loss" || setting.Key.StartsWith("head.", StringComparison.Ordinal)) is { } unused)
                throw new ConfigurationException($"{unused.Source}: {unused.Key} cannot be set with --features, where the loss is the " +
                    $"distance from the teacher's features and the head a linear map to them.");
            using var taught = teaching?.Invoke(place, terminal);
            if (taught is not null && automatic is not null) automatic = new AutomaticOptions(given, arguments, taught.Settings);
            var how = new PretrainRunOptions
            {
                Ranks = ranks,
                Messages = terminal,
                StartFrom = start,
                TrustScript = parsed.GetValue(SharedOptions.TrustScript),
                Loss = taught?.Loss,
                DrawViews = ViewSheet.OfRun,
                Threads = parsed.GetValue(Threads),
                Device = Machine.NameOf(place),
                RenderOn = parsed.GetValue(renderOn),
                OnBadImage = parsed.GetValue(onBadImage),
                Keep = parsed.GetValue(keep) ?? 3,
                SaveEvery = parsed.GetValue(saveEvery),
            };
            signals.Begin(Timeout.InfiniteTimeSpan);
            var source = await ranks.FirstThenOthersAsync(() => settings.FindImagesAsync(parsed.Places(Data) is null ? null : settings.Data,
                DownloadCache.Place(parsed.GetValue(Mirror), terminal), terminal, signals.Token));
            var options = ranks.Share(() => automatic?.For(source, settings.Limit, settings.GroupColumn, place, ranks.Size) ?? known!);
            if (automatic?.Describe(options) is { } chosen) terminal.Note($"{chosen} Options on the command line replace these.");
            if (named == Machine.Auto && how.Device == "cpu" && Machine.UnusedGpu() is { } obstacle)
                terminal.Note($"Training on the CPU, although there is an NVIDIA GPU: {obstacle}.");
            (goOn ? PretrainRun.Resume(folder, source, options, settings, how) : PretrainRun.Start(folder, source, options, settings, how))
                .Execute(signals.Token);
            return signals.ExitCode;
        }, outer));

    private RunSettings Settings(ParseResult parsed, RunFolder folder, bool goOn, string? startFile) => goOn
        ? folder.ReadSettings(parsed.Places(Data), parsed.GetValue(Limit), parsed.GetValue(onlineProbe), parsed.GetValue(knnEvery))
        : new RunSettings
        {
            Data = parsed.Places(Data) is { } images ? [.. images.Select(ImageSource.AbsoluteName)] : throw new ConfigurationException(
                $"--data is missing{(parsed.GetValue(Resume) ? $", and {folder.Path} holds no run to continue" : "")}. " +
                    $"Name a folder of images, or builtin to try it out."),
            Limit = parsed.GetValue(Limit),
            GroupColumn = positives?.Column(parsed),
            Weights = startFile,
            OnlineProbe = parsed.GetValue(onlineProbe),
            KnnEvery = parsed.GetValue(knnEvery),
        };
}
