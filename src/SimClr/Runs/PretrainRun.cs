using System.Numerics;
using System.Reflection;
using SimClr.Checkpoints;
using SimClr.Datasets;
using SimClr.Distributed;
using SimClr.Encoders;
using SimClr.IO;
using SimClr.Loading;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.RunFolders;
using SimClr.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Runs;

/// <summary>
/// A pretraining run in a folder, from its first or its last checkpoint to its end: finds the images, trains, logs every step, saves, and goes on after a kill with
/// the same bytes. Whoever wants the loop itself takes <see cref="Pretrainer"/>.
/// </summary>
/// <remarks>
/// <see cref="Start"/> or <see cref="Resume(RunFolder, PretrainRunOptions?)"/>, then <see cref="ExecuteAsync"/>, once; one thread at a time. Nothing needs to be disposed of: what a run
/// takes it frees as it ends. Several runs in one process share libtorch's threads. Of several ranks all call the same, and the first alone touches the folder.
/// </remarks>
public sealed partial class PretrainRun
{
    private const double NotableWait = 0.05; // of the steps' time

    private readonly RunFolder folder;
    private readonly RunSettings settings;
    private readonly PretrainOptions options;
    private readonly PretrainRunOptions how;
    private readonly Ranks ranks;
    private readonly IMessages messages;
    private readonly bool resumed;
    private readonly DamagedImageLog damagedImages;

    private PretrainRun(RunFolder folder, RunSettings settings, PretrainOptions options, PretrainRunOptions? how, bool resumed)
    {
        (this.folder, this.settings, this.options, this.how) = (folder, settings, options, how ?? new());
        this.options = options with { Encoder = CustomEncoder.Bring(options.Encoder, this.how.Encoder, folder.Path, "PretrainRunOptions.Encoder") };
        (ranks, messages) = (this.how.Ranks ?? Ranks.Alone, this.how.Messages);
        this.resumed = resumed && ranks.IsFirst;
        damagedImages = new(messages);
    }

    /// <summary>A run that begins. Nothing is written before <see cref="ExecuteAsync"/>.</summary>
    /// <param name="folder">Where it will be.</param>
    /// <param name="settings">Its images, and what else is kept of it beside the recipe.</param>
    /// <param name="options">What is left open is derived from the images.</param>
    /// <param name="how">Null for the defaults.</param>
    /// <exception cref="InvalidDataException">The folder holds a run already.</exception>
    /// <exception cref="ConfigurationException">The encoder is a custom one without what makes it, or another than <paramref name="how"/> brings.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range; the message names it.</exception>
    public static PretrainRun Start(RunFolder folder, RunSettings settings, PretrainOptions options, PretrainRunOptions? how = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var run = new PretrainRun(folder, settings, options, how, resumed: false);
        return run.ranks.IsFirst && folder.Exists
            ? throw new InvalidDataException($"{folder.Path} holds a run already: go on with it, or begin a new one in another folder.")
            : run;
    }

    /// <summary>A run that goes on from its newest checkpoint, with the images, recipe and settings that it was begun with.</summary>
    /// <param name="folder">Where it is.</param>
    /// <param name="how">Null for the defaults.</param>
    /// <exception cref="InvalidDataException">There is no run, or it is damaged.</exception>
    /// <exception cref="ConfigurationException">Its recipe is damaged, or its encoder is a custom one that <paramref name="how"/> does not bring.</exception>
    public static PretrainRun Resume(RunFolder folder, PretrainRunOptions? how = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return folder.Exists ? Resume(folder, folder.ReadSettings(), folder.ReadOptions(), how) : throw NoRunIn(folder);
    }

    /// <summary>As <see cref="Resume(RunFolder, PretrainRunOptions?)"/>, with what was read of the folder by <see cref="RunFolder.ReadSettings"/>, which takes another place of the images, and <see cref="RunFolder.ReadOptions"/>.</summary>
    /// <param name="folder">Where it is.</param>
    /// <param name="settings">The run's.</param>
    /// <param name="options">The run's.</param>
    /// <param name="how">Null for the defaults.</param>
    /// <exception cref="InvalidDataException">There is no run.</exception>
    public static PretrainRun Resume(RunFolder folder, RunSettings settings, PretrainOptions options, PretrainRunOptions? how = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(options);
        var run = new PretrainRun(folder, settings, options, how, resumed: true);
        return run.ranks.IsFirst && !folder.Exists ? throw NoRunIn(folder) : run;
    }

    private static InvalidDataException NoRunIn(RunFolder folder) => new($"{folder.Path} holds no run to go on with: it has no recipe.yaml and run.json.");

    /// <summary>
    /// Trains until the end, until it is told to stop, or until something fails; in any case but a divergence the last step is saved. Trains on the thread that
    /// calls (after a download on one of the pool): <see cref="Task.Run(Action)"/> is for a caller that has other work.
    /// </summary>
    /// <param name="cancellation">Ends the training after the step at work, which is saved.</param>
    /// <returns>Whether all steps are done: false where it was told to stop.</returns>
    /// <exception cref="TrainingDivergedException">Nothing is saved; the checkpoints from before stay.</exception>
    /// <exception cref="InvalidDataException">The images are missing, damaged, fewer than a batch or others than the run's; or a checkpoint is damaged.</exception>
    /// <exception cref="ConfigurationException">There is no such device, or a setting does not go with these images or ranks.</exception>
    /// <exception cref="IOException">A file cannot be read or written, or another process trains in the folder.</exception>
    /// <exception cref="InsufficientMemoryException">The device's memory does not suffice for a step; the message says what would fit.</exception>
    /// <exception cref="OperationCanceledException">It was told to stop before the first step.</exception>
    public async Task<bool> ExecuteAsync(CancellationToken cancellation = default)
    {
        var source = await ranks.FirstThenOthersAsync(() => ImageSource.FindAsync(settings.Data, how.Downloads, messages, cancellation)).ConfigureAwait(false);
        if (ranks.IsFirst && !resumed) source.RequireOutside(folder.Path);
        var device = ranks.Find(how.Device);
        var images = GrayDataset.For(source.ForPretraining(settings.Limit, options.Seed), options.Encoder.Channels);
        var data = new UnlabelledDataset(images); // whoever asks it for a label fails
        ranks.RequireSame("data", () => DatasetFingerprint.Of(data));
        string names = DatasetFingerprint.OfNames(data);
        ranks.RequireSame("names of images", () => names);
        if (resumed) settings.RequireImages(folder.Path, data.Count, names);

        int largestSide = ImageSource.LargestSide(data);
        var complete = options.For(largestSide);
        using var model = new SimClrModel(complete.Encoder, complete.Head, complete.ImageSize, complete.Seed);
        model.to(device);
        using var communicator = ranks.For(device);
        int stepsPerEpoch = data.Count / complete.BatchSize, saveEvery = how.SaveEvery ?? Math.Min(500, stepsPerEpoch);
        using var probes = new RunProbes(settings, source, images, model.FeatureDim, device, ranks.Communicator);
        using var pretrainer = new Pretrainer(model, complete, data.Count, probes.Online, communicator)
        {
            SynchronizeEvery = Math.Max(1, settings.KnnEvery is null ? saveEvery : (int)BigInteger.GreatestCommonDivisor(saveEvery, stepsPerEpoch)),
        };
        var checkpoints = folder.Checkpoints(how.Keep);
        using var held = ranks.IsFirst ? folder.Hold() : null;
        if (ranks.IsFirst) checkpoints.RemoveLeftovers(); // before anything else needs their room
        if (ranks.IsFirst && !(resumed && Restore(checkpoints, pretrainer)) && settings.Weights is { } weights) StartFrom(weights, model);
        if (resumed) messages.Note($"Going on after step {pretrainer.Step}.");
        else if (ranks.IsFirst) folder.Create(complete, settings with { DataName = data.Name, ImageCount = data.Count, ImagesSha256 = names, Version = Version });

        int threads = how.Threads ?? ranks.Threads ?? Environment.ProcessorCount;
        bool onDevice = how.RenderOn == RenderDevice.Gpu || (how.RenderOn == RenderDevice.Auto && device.type == DeviceType.CUDA);
        using var resident = onDevice ? DeviceImages.Load(data, device, Machine.RoomForImages(device), threads, how.OnBadImage, cancellation) : null;
        var loader = new ViewLoader(data, complete.Views, complete.Preprocessing, complete.BatchSize, complete.Seed, threads, how.OnBadImage)
        {
            Share = (ranks.Rank, ranks.Size),
            RenderOn = onDevice ? device : null,
            Resident = resident,
            ReducedDecoding = complete.ReducedDecoding,
            MicroBatchSize = complete.MicroBatchSize,
            SmallCrops = complete.SmallCrops,
            ShuffleWindow = complete.ShuffleWindow,
        };
        var pace = new ThroughputMeter(complete.BatchSize, how.Time);
        pretrainer.Synchronize();
        Introduce(pretrainer, data, !onDevice ? "views by the CPU" : resident is null ? $"views on {how.Device} of images decoded ahead" : $"views on {how.Device} of images kept there");
        using (var log = ranks.IsFirst ? new MetricsLog(folder, pretrainer.Step, how.Time) : null)
        {
            if (!resumed && how.DrawViews is { } draw) log?.WriteViews(draw(data, complete));
            messages.Progress("step", pretrainer.TotalSteps, report =>
            {
                var batches = new BatchesBeforeFailure(loader.Batches(pretrainer.Step, pretrainer.TotalSteps));
                BatchSizeSearch.Say(pretrainer, () => SaveBeforeItEnds(pretrainer, checkpoints, batches, () => Train(pretrainer, probes, loader, batches, pace, saveEvery, checkpoints, log, report, cancellation), cancellation));
                return 0;
            });
        }
        damagedImages.WriteTotal(BadImagesOfAll([.. loader.BadImages, .. resident?.BadImages ?? []]));
        if (pace.WaitingInAll > NotableWait)
        {
            bool large = !complete.ReducedDecoding && largestSide >= 4 * complete.ImageSize;
            messages.Note($"The steps waited {Percent.WithSign(pace.WaitingInAll)} of their time for images (data_wait in metrics.jsonl): reading or decoding them limits this run{(large ? "; shrink the files once, or --set reduced-decoding=true" : "")}.");
        }
        messages.Note(pretrainer.Step == pretrainer.TotalSteps
            ? $"Done: {pretrainer.Step} steps. simclr evaluate knn --weights {folder.Path} --data … says what the encoder is worth."
            : $"Stopped after step {pretrainer.Step} of {pretrainer.TotalSteps}; --resume goes on.");
        return pretrainer.Step == pretrainer.TotalSteps;
    }

    private void Train(Pretrainer pretrainer, RunProbes probes, ViewLoader loader, BatchesBeforeFailure batches, ThroughputMeter pace, int saveEvery, CheckpointStore checkpoints, MetricsLog? log, Action<long, string> report, CancellationToken cancellation)
    {
        long saved = pretrainer.Step, first = pretrainer.Step, began = how.Time.GetTimestamp();
        double talked = ranks.Seconds;
        double? knn = null;
        bool collapsed = false;
        foreach (var step in pretrainer.Steps(pace.Waiting(batches.All()), cancellation))
        {
            pace.Step();
            double talking = ranks.Seconds - talked;
            talked = ranks.Seconds;
            var found = step.Step == pretrainer.Step ? probes.Knn(pretrainer) : null; // else the next one is under way
            knn = found ?? knn;
            log?.Write(step, pace.ImagesPerSecond, pace.DataWait, found, ranks.Size > 1 ? talking : null);
            report(step.Step, Line(step, knn, pretrainer, pace, how.Time.GetElapsedTime(began) / (step.Step - first)) + (ranks.Size > 1 ? $", {Percent.WithSign(talking * pace.ImagesPerSecond / pretrainer.Options.BatchSize)} of it exchanging" : ""));
            if (step.Step == first + 1 && pretrainer.UnusedParameters is { Count: > 0 } unused) messages.Note(UnusedText(unused));
            if (step.Collapsed && !collapsed) messages.Warn(CollapseOf(step, pretrainer.Options));
            collapsed |= step.Collapsed;
            damagedImages.Write(loader.Resident?.BadImages ?? loader.BadImages);
            how.Steps?.Report(step);
            if (step.Step % saveEvery == 0) Save(ref saved);
        }
        Save(ref saved);

        void Save(ref long last)
        {
            if (!ranks.IsFirst || last == pretrainer.Step && checkpoints.List().Count > 0) return;
            RunCheckpoint.Save(checkpoints, pretrainer);
            last = pretrainer.Step;
        }
    }

    // Each rank meets those of its share.
    private int BadImagesOfAll(IEnumerable<BadImage> own) => ranks.Communicator
        .AllGather(string.Join('\n', own.Select(bad => bad.Index)))
        .SelectMany(indices => indices.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Distinct().Count();

    private bool Restore(CheckpointStore checkpoints, Pretrainer pretrainer)
    {
        using var scope = NewDisposeScope();
        var newest = checkpoints.LoadNewest(messages.Warnings);
        if (newest is null) return false;
        try
        {
            RunCheckpoint.Restore(newest, pretrainer);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{folder.Path}, the checkpoint of step {newest.Step}: {e.Message}", e);
        }
        return true;
    }

    // The encoder alone: a head belongs to the run that trained it.
    private void StartFrom(string weights, SimClrModel model)
    {
        using var loaded = how.StartFrom is null ? TrainedEncoder.Open(weights, model.EncoderOptions as CustomEncoder, CPU, messages) : null;
        var start = how.StartFrom ?? loaded!;
        int theirs = start.Options.Encoder.Channels, ours = model.EncoderOptions.Channels;
        if (theirs != ours) throw new InvalidDataException($"{start.Source} is an encoder of images of {theirs} channels, and this run's have {ours} (--channels): they have no first convolution in common.");
        try
        {
            ModelState.Load(model.Encoder, start.Model.Encoder.state_dict());
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{start.Source}: {e.Message}", e);
        }
        messages.Note($"The encoder starts from {start.Source}.");
    }

    /// <summary>The version that a run is begun with, as it stands in <c>run.json</c>.</summary>
    public static string Version => typeof(PretrainRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
