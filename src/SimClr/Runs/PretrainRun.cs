using System.Diagnostics;
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

/// <summary>One pretraining run from its first or its last checkpoint to its end: the owner of the loop. Of several ranks the first alone touches the folder.</summary>
public sealed partial class PretrainRun(RunFolder folder, RunSettings settings, PretrainOptions options, Ranks ranks, IMessages messages)
{
    private const double NotableWait = 0.05; // of the steps' time

    private readonly DamagedImageNotes leftOut = new(messages);

    /// <summary>What the encoder starts from; borrowed. Null: what the run's settings name, if they name something.</summary>
    public TrainedEncoder? Start { get; init; }

    /// <summary>Where a data set that is not here is downloaded from and to. Required where the run's data are such a one.</summary>
    public DownloadPlace? Downloads { get; init; }

    /// <summary>Draws the views that the run begins with, as a PNG for TensorBoard. Default: nobody.</summary>
    public Func<IImageDataset, PretrainOptions, byte[]>? DrawViews { get; init; }

    /// <summary>Threads that make views. Default: all processors, shared with the ranks of this host.</summary>
    public int? Threads { get; init; }

    /// <summary><c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>. Default <c>cpu</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Where views are made.</summary>
    public RenderDevice RenderOn { get; init; }

    /// <summary>What a damaged image does.</summary>
    public BadImagePolicy OnBadImage { get; init; }

    /// <summary>How many checkpoints are kept. Default 3.</summary>
    public int Keep { get; init; } = 3;

    /// <summary>Steps between checkpoints. Default: an epoch, at most 500.</summary>
    public int? SaveEvery { get; init; }

    /// <summary>Trains until the end, until it is told to stop, or until something fails; in any case the last step is saved.</summary>
    /// <exception cref="TrainingDivergedException">Nothing is saved; the checkpoints from before stay.</exception>
    public async Task ExecuteAsync(CancellationToken cancellation)
    {
        var source = await ranks.FirstThenOthersAsync(() => ImageSource.FindAsync(settings.Data, Downloads, messages, cancellation));
        if (ranks.IsFirst && !folder.Exists) source.KeepApart(folder.Path);
        var device = ranks.Prepare(Device, Threads);
        var images = GrayDataset.For(source.ForPretraining(settings.Limit, options.Seed), options.Encoder.Channels);
        var data = new UnlabelledDataset(images); // whoever asks it for a label fails
        ranks.RequireSame("data", () => DatasetFingerprint.Of(data));
        string names = DatasetFingerprint.OfNames(data);
        ranks.RequireSame("names of images", () => names);
        bool resumed = ranks.IsFirst && folder.Exists;
        if (resumed) settings.RequireImages(folder.Path, data.Count, names);

        int largestSide = ImageSource.LargestSide(data);
        var complete = options.For(largestSide);
        using var model = new SimClrModel(complete.Encoder, complete.Head, complete.ImageSize, complete.Seed);
        model.to(device);
        using var communicator = ranks.For(device);
        int stepsPerEpoch = data.Count / complete.BatchSize, saveEvery = SaveEvery ?? Math.Min(500, stepsPerEpoch);
        using var probes = new RunProbes(settings, source, images, model.FeatureDim, device, ranks.Communicator);
        using var pretrainer = new Pretrainer(model, complete, data.Count, probes.Online, communicator)
        {
            SettleEvery = Math.Max(1, settings.KnnEvery is null ? saveEvery : (int)BigInteger.GreatestCommonDivisor(saveEvery, stepsPerEpoch)),
        };
        var checkpoints = folder.Checkpoints(Keep);
        using var held = ranks.IsFirst ? folder.Hold() : null;
        if (ranks.IsFirst) checkpoints.RemoveLeftovers(); // before anything else needs their room
        if (ranks.IsFirst && !(resumed && Restore(checkpoints, pretrainer)) && settings.Weights is { } weights) StartFrom(weights, model);
        if (resumed) messages.Note($"Going on after step {pretrainer.Step}.");
        else if (ranks.IsFirst) folder.Create(complete, settings with { DataName = data.Name, ImageCount = data.Count, ImagesSha256 = names, Version = Version });

        int threads = Threads ?? ranks.Threads ?? Environment.ProcessorCount;
        bool onDevice = RenderOn == RenderDevice.Gpu || (RenderOn == RenderDevice.Auto && device.type == DeviceType.CUDA);
        using var resident = onDevice ? DeviceImages.Load(data, device, Machine.RoomForImages(device), threads, OnBadImage, cancellation) : null;
        var loader = new ViewLoader(data, complete.Views, complete.Preprocessing, complete.BatchSize, complete.Seed, threads, OnBadImage)
        {
            Share = (ranks.Rank, ranks.Size),
            RenderOn = onDevice ? device : null,
            Resident = resident,
            ReducedDecoding = complete.ReducedDecoding,
            MicroBatchSize = complete.MicroBatchSize,
            SmallCrops = complete.SmallCrops,
            ShuffleWindow = complete.ShuffleWindow,
        };
        var pace = new ThroughputMeter(complete.BatchSize, TimeProvider.System);
        pretrainer.Synchronize();
        Introduce(pretrainer, data, !onDevice ? "views by the CPU" : resident is null ? $"views on {Device} of images decoded ahead" : $"views on {Device} of images kept there");
        using (var log = ranks.IsFirst ? new MetricsLog(folder, pretrainer.Step) : null)
        {
            if (!resumed && DrawViews is not null) log?.WriteViews(DrawViews(data, complete));
            messages.Progress("step", pretrainer.TotalSteps, report =>
            {
                var batches = new BatchesUntilFailure(loader.Batches(pretrainer.Step, pretrainer.TotalSteps));
                FittingBatch.Say(pretrainer, () => SaveBeforeItEnds(pretrainer, checkpoints, batches, () => Train(pretrainer, probes, loader, batches, pace, saveEvery, checkpoints, log, report, cancellation), cancellation));
                return 0;
            });
        }
        leftOut.Sum(BadImagesOfAll([.. loader.BadImages, .. resident?.BadImages ?? []]));
        if (pace.WaitingInAll > NotableWait)
        {
            bool large = !complete.ReducedDecoding && largestSide >= 4 * complete.ImageSize;
            messages.Note($"The steps waited {Percent.WithSign(pace.WaitingInAll)} of their time for images (data_wait in metrics.jsonl): reading or decoding them limits this run{(large ? "; shrink the files once, or --set reduced-decoding=true" : "")}.");
        }
        messages.Note(pretrainer.Step == pretrainer.TotalSteps
            ? $"Done: {pretrainer.Step} steps. simclr evaluate knn --weights {folder.Path} --data … says what the encoder is worth."
            : $"Stopped after step {pretrainer.Step} of {pretrainer.TotalSteps}; --resume goes on.");
    }

    private void Train(Pretrainer pretrainer, RunProbes probes, ViewLoader loader, BatchesUntilFailure batches, ThroughputMeter pace, int saveEvery, CheckpointStore checkpoints, MetricsLog? log, Action<long, string> report, CancellationToken cancellation)
    {
        long saved = pretrainer.Step, first = pretrainer.Step;
        var clock = Stopwatch.StartNew();
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
            report(step.Step, Line(step, knn, pretrainer, pace, clock.Elapsed / (step.Step - first)) + (ranks.Size > 1 ? $", {Percent.WithSign(talking * pace.ImagesPerSecond / pretrainer.Options.BatchSize)} of it exchanging" : ""));
            if (step.Collapsed && !collapsed) messages.Warn(CollapseOf(step, pretrainer.Options));
            collapsed |= step.Collapsed;
            leftOut.Say(loader.Resident?.BadImages ?? loader.BadImages);
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
        if (newest is not null) RunCheckpoint.Restore(newest, pretrainer);
        return newest is not null;
    }

    // The encoder alone: a head belongs to the run that trained it.
    private void StartFrom(string weights, SimClrModel model)
    {
        using var loaded = Start is null ? TrainedEncoder.Load(weights, CPU, messages) : null;
        var start = Start ?? loaded!;
        int theirs = start.Options.Encoder.Channels, ours = model.EncoderOptions.Channels;
        if (theirs != ours) throw new InvalidDataException($"{start.Source} is an encoder of images of {theirs} channels, and this run's have {ours} (--channels): they have no first convolution in common.");
        ModelState.Load(model.Encoder, start.Model.Encoder.state_dict());
        messages.Note($"The encoder starts from {start.Source}.");
    }

    /// <summary>The version that a run is begun with, as it stands in <c>run.json</c>.</summary>
    public static string Version => typeof(PretrainRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
