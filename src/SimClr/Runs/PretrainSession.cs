using System.Numerics;
using SimClr.Checkpoints;
using SimClr.Datasets;
using SimClr.Distributed;
using SimClr.Encoders;
using SimClr.Loading;
using SimClr.Losses;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Rendering;
using SimClr.RunFolders;
using SimClr.Runtime;
using SimClr.Views;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Runs;

/// <summary>The resources of a <see cref="PretrainRun"/> while it trains.</summary>
internal sealed partial class PretrainSession : IDisposable
{
    private const double NotableWait = 0.05; // as a share of the steps' time

    private readonly RunFolder folder;
    private readonly RunSettings settings;
    private readonly PretrainRunOptions how;
    private readonly Ranks ranks;
    private readonly IMessages messages;
    private readonly int largestSide, saveEvery;
    private readonly RunProbes probes;
    private readonly Pretrainer pretrainer;
    private readonly CheckpointStore checkpoints;
    private readonly ViewLoader loader;
    private readonly MetricsLog? log;
    private readonly DamagedImageLog damagedImages;
    private readonly Stack<IDisposable> held = [];

    private static string PlaceOf(ImageSource source, UnlabelledDataset data) =>
        source.Names.Count > 0 ? string.Join(" + ", source.Names) : data.Name;

    /// <summary>Opens images, network and folder. A resumed run returns to its newest checkpoint; a new one writes its recipe.</summary>
    public PretrainSession(
        RunFolder folder, ImageSource source, RunSettings settings, PretrainOptions options, PretrainRunOptions how, bool resumed,
        CancellationToken cancellationToken)
    {
        (this.folder, this.settings, this.how, ranks, messages) = (folder, settings, how, how.Ranks ?? Ranks.Alone, how.Messages);
        damagedImages = new(messages);
        try
        {
            if (ranks.IsFirst && !resumed) source.RequireOutside(folder.Path);
            var device = ranks.Find(how.Device);
            bool onDevice = how.RenderOn == RenderDevice.Gpu || (how.RenderOn == RenderDevice.Auto && device.type == DeviceType.CUDA);
            var augmentations = RequireAugmentations(resumed, onDevice ? device : null);
            var images = EncoderImages.For(
                source.ForPretraining(settings.Limit, options.Seed), options.Encoder.Channels, options.Preprocessing.Decoding);
            var data = new UnlabelledDataset(images); // reading a label throws
            ranks.RequireSame("data", () => DatasetFingerprint.Of(data));
            string names = DatasetFingerprint.OfNames(data);
            ranks.RequireSame("names of images", () => names);
            var teacher = (how.Loss as TeacherLoss)?.Identity;
            ranks.RequireSame("losses", () => $"{how.Loss?.Name} {teacher?.Sha256}");
            if (resumed) settings.RequireImages(folder.Path, PlaceOf(source, data), data.Count, names);

            largestSide = ImageSource.LargestSide(data);
            var complete = options.For(data);
            var groups = FindGroups(complete, data, images, resumed);
            int items = groups?.Count ?? data.Count;
            var model = Hold(new SimClrModel(complete.Encoder, complete.Head, complete.ImageSize, complete.Seed));
            model.to(device);
            var communicator = Hold(ranks.For(device));
            int stepsPerEpoch = items / complete.BatchSize;
            saveEvery = how.SaveEvery ?? Math.Min(500, stepsPerEpoch);
            probes = Hold(new RunProbes(settings, source, images, model.FeatureDim, device, ranks.Communicator));
            pretrainer = Hold(new Pretrainer(model, complete, items, probes.Online, communicator, how.Loss)
            {
                SynchronizeEvery =
                    Math.Max(1, settings.KnnEvery is null ? saveEvery : (int)BigInteger.GreatestCommonDivisor(saveEvery, stepsPerEpoch)),
            });
            checkpoints = folder.Checkpoints(how.Keep);
            if (ranks.IsFirst) Hold(folder.Hold());
            if (ranks.IsFirst && !resumed) folder.RequireNone(); // another process may have started one meanwhile
            if (ranks.IsFirst) checkpoints.RemoveLeftovers(); // first of all: others may need the disk space
            if (ranks.IsFirst && !(resumed && Restore()) && (how.StartFrom is not null || settings.Weights is not null))
                StartFrom(settings.Weights, model);
            bool asAdvised = complete.Freeze is [var only] && only == complete.Encoder.RandomStage;
            if (ranks.IsFirst && !resumed && how.StartFrom is null && settings.Weights is null && complete.Freeze.Count > 0 && !asAdvised)
                messages.Warn($"freeze: {string.Join(", ", complete.Freeze)} will stay random, " +
                    $"because the run does not start from trained weights (--weights).");
            if (resumed) messages.Note($"Continuing after step {pretrainer.Step}.");

            int threads = how.Threads ?? ranks.Threads ?? Environment.ProcessorCount;
            var resident = !onDevice ? null : DeviceImages.Load(
                data, device, Machine.RoomForImages(device), threads, how.OnBadImage, complete.Preprocessing, cancellationToken);
            if (resident is not null) Hold(resident);
            loader = new ViewLoader(
                data, complete.Views, complete.Preprocessing, complete.BatchSize, complete.Seed, threads, how.OnBadImage)
            {
                Share = (ranks.Rank, ranks.Size),
                RenderOn = onDevice ? device : null,
                Resident = resident,
                ReducedDecoding = complete.ReducedDecoding,
                MicroBatchSize = complete.MicroBatchSize,
                SmallCrops = complete.SmallCrops,
                ShuffleWindow = complete.ShuffleWindow,
                Augmentations = how.Augmentations,
                Groups = groups,
            };
            pace = new ThroughputMeter(complete.BatchSize, how.Time);
            pretrainer.Synchronize();
            Introduce(data, groups, !onDevice ? "views made on the CPU" : resident is null
                ? $"views made on {how.Device} from images decoded by the CPU" : $"views made on {how.Device} from images kept there");
            if (ranks.IsFirst && !resumed) complete.Encoder.StoreBeside(folder.Path);
            if (ranks.IsFirst && !resumed) folder.Create(complete with { Loss = pretrainer.Options.Loss }, settings with
            {
                Device = Machine.NameOf(device),
                Loss = how.Loss?.Name,
                Teacher = teacher,
                Groups = groups?.Summary,
                DataName = data.Name,
                ImageCount = data.Count,
                ImagesSha256 = names,
                Augmentations = augmentations,
                Weights = settings.Weights ?? how.StartFrom?.Source,
                Version = PretrainRun.Version,
            });
            log = ranks.IsFirst ? Hold(new MetricsLog(folder, pretrainer.Step, how.Time)) : null;
            if (!resumed && how.DrawViews is { } draw) log?.WriteViews(draw(data, complete, groups));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The number of steps in the whole run.</summary>
    public long TotalSteps => pretrainer.TotalSteps;

    private T Hold<T>(T taken)
        where T : IDisposable
    {
        held.Push(taken);
        return taken;
    }

    // Returns the names of the augmentations.
    private string[] RequireAugmentations(bool resumed, Device? renderOn)
    {
        var augmentations = new AugmentationList(how.Augmentations);
        string[] names = [.. how.Augmentations.Select(augmentation => augmentation.Name)];
        ranks.RequireSame("augmentations", () => string.Join('\n', names));
        if (resumed) settings.RequireAugmentations(folder.Path, names);
        if (renderOn is not null) TensorAugmentations.Require(augmentations, renderOn);
        return names;
    }

    private bool Restore()
    {
        using var scope = NewDisposeScope();
        var newest = checkpoints.LoadNewest(messages.Warnings);
        if (newest is null) return false;
        try
        {
            folder.RequireOptionsOf(newest, pretrainer.Options);
            RunCheckpoint.Restore(newest, pretrainer);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{folder.Path}, the checkpoint of step {newest.Step}: {e.Message}", e);
        }
        return true;
    }

    // Loads only the encoder: a head belongs to the run that trained it.
    private void StartFrom(string? weights, SimClrModel model)
    {
        if (how.StartFrom is null && !WeightsPath.Exists(WeightsPath.Parse(weights!).Path))
            throw new ConfigurationException($"The run in {folder.Path} has no checkpoint yet and starts from {weights}, " +
                $"which does not exist. Put the weights back, or give them as PretrainRunOptions.StartFrom.");
        using var loaded = how.StartFrom is null ? TrainedEncoder.Open(weights!,
            new(model.EncoderOptions as CustomEncoder, how.TrustScript), CPU, messages) : null;
        var start = how.StartFrom ?? loaded!;
        int theirs = start.Options.Encoder.Channels, ours = model.EncoderOptions.Channels;
        if (theirs != ours)
            throw new InvalidDataException($"{start.Source} is an encoder for images of {theirs} channels, " +
                $"but this run's images have {ours} (--channels).");
        // Equal shapes do not make equal networks: positions that were learned are no fixed ones.
        string theirNetwork = start.Options.Encoder.DescribeFully(), ourNetwork = model.EncoderOptions.DescribeFully();
        if (!start.Options.Encoder.HasOwnNames && !model.EncoderOptions.HasOwnNames && theirNetwork != ourNetwork)
            throw new InvalidDataException($"{start.Source} is a {theirNetwork}, but this run has a {ourNetwork}.");
        using var scope = TorchSharp.torch.NewDisposeScope();
        ModelState.LoadFrom(start.Source, model.Encoder, start.WeightsFor(model.ImageSize));
        messages.Note($"The encoder starts from {start.Source}.");
    }

    /// <summary>Frees all resources in reverse order.</summary>
    public void Dispose()
    {
        while (held.TryPop(out var taken)) taken.Dispose();
    }
}
