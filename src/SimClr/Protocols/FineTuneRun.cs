using System.Globalization;
using System.Text.Json.Nodes;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Evaluation;
using SimClr.FineTuning;
using SimClr.Models;
using SimClr.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Protocols;

/// <summary>
/// Fine-tunes a pretrained network with some of the labels, and trains the same network from scratch with the same labels (SimCLR, section
/// 4 and B.5; SimCLR v2). Every network is scored on the test images once, after its last choice.
/// </summary>
/// <remarks>One thread at a time. The same seeds, threads and machine give the same networks and figures.</remarks>
/// <param name="start">The pretrained network, on the device of the training; borrowed and never changed.</param>
/// <param name="source">Labelled images of at least two classes.</param>
/// <param name="request">The labels, options and seeds.</param>
/// <param name="messages">Receives progress and notes about what is left out. Default: none.</param>
public sealed class FineTuneRun(TrainedEncoder start, ImageSource source, FineTuneRequest request, IMessages? messages = null)
{
    private const int FewSteps = 300;
    private const string FineTuned = "fine-tuned", FromScratch = "from scratch";

    private readonly FineTuneOptions options = (request ?? throw new ArgumentNullException(nameof(request))).Options;
    private readonly IMessages messages = messages ?? IMessages.None;
    private readonly ImageSource source = source ?? throw new ArgumentNullException(nameof(source));
    private readonly Device device = (start ?? throw new ArgumentNullException(nameof(start))).Model.parameters().First().device;
    private readonly Dictionary<(string Start, bool Best), List<(TestScores Scores, ClassifierFit Training)>> results = [];
    private DamagedImageLog damagedImages = new(IMessages.None);

    /// <summary>
    /// Trains and scores. Writes the first seed's network (<c>classifier.safetensors</c>), the labels of every seed (<c>labels.txt</c>) and
    /// the record (<c>finetune.json</c>) into a folder.
    /// </summary>
    /// <param name="folder">The folder; created if missing. Files with these names are replaced.</param>
    /// <param name="cancellationToken">Cancels the work. Only labels and finished networks are left.</param>
    /// <returns>The file of the network, and the figures.</returns>
    /// <exception cref="ArgumentException">A value of the request is out of range.</exception>
    /// <exception cref="ConfigurationException">The encoder has no part with a name that is to be frozen.</exception>
    /// <exception cref="InvalidDataException">
    /// There are fewer than two classes, the requested projection head does not exist, or the labels are of a single class.
    /// </exception>
    /// <exception cref="IOException">An image cannot be read, or the folder is not writable.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public FineTuneResult Execute(string folder, CancellationToken cancellationToken = default)
    {
        request.Validate();
        results.Clear();
        damagedImages = new DamagedImageLog(messages);
        if (options.HeadLayers > 0 && !start.HasHead)
            throw new InvalidDataException($"head-layers {options.HeadLayers}: {start.Source} has no projection head.");
        if (options.HeadLayers > 0 && options.HeadLayers >= start.Options.Head.Layers)
            throw new InvalidDataException($"head-layers {options.HeadLayers}: the head of {start.Source} " +
                $"has {start.Options.Head.Layers} layers, so at most {Math.Max(0, start.Options.Head.Layers - 1)} can be used.");
        var (trainImages, testImages, cut) = source.ForEvaluation();
        if (trainImages.Classes.Count < 2)
            throw new InvalidDataException($"{trainImages.Name} has {trainImages.Classes.Count} classes. " +
                $"Fine-tuning needs labelled images of at least two: a folder for each class.");
        if (cut) ImageSource.TellCut(trainImages, testImages, messages);
        string seen = SeenInPretraining.Of(start, source, messages);
        Introduce();
        Directory.CreateDirectory(folder);

        int used = 0;
        string? file = null;
        for (int seed = 0; seed < request.Seeds; seed++)
        {
            var labelled = LabelledImages.Take(trainImages, request.Labels, seed);
            if (Enumerable.Range(0, labelled.Count).Select(labelled.Label).Distinct().Count() < 2)
                throw new InvalidDataException($"labels {request.Labels}: all {labelled.Count} labelled images are of one class.");
            LabelledImages.Write(Path.Combine(folder, seed == 0 ? "labels.txt" : $"labels-{seed}.txt"), labelled);
            used = labelled.Count;
            var (train, heldOut) = options.HeldOutFraction > 0
                ? Subsets.StratifiedSplit(labelled, options.HeldOutFraction, seed) : (labelled, null);
            if (heldOut?.Count == 0) heldOut = null; // a class of one image keeps it
            messages.Note($"seed {seed}: {labelled.Count} labels: {train.Count} for training, {heldOut?.Count ?? 0} to choose the epoch");
            if (options.ProbeFirst) RequireChoice(train);
            else if (seed == 0) WarnOfFewSteps(train.Count);
            file = Train(FineTuned, seed, folder, train, heldOut, testImages, cancellationToken) ?? file;
            if (request.Scratch) _ = Train(FromScratch, seed, folder, train, heldOut, testImages, cancellationToken);
        }
        damagedImages.WriteTotal();
        var report = Report($"{trainImages.Name} ({used} of {trainImages.Count} training images with labels, " +
            $"{source.Describe(testImages)})", trainImages.Classes, seen);
        foreach (var (_, training) in results.Values.SelectMany(r => r)) training.Dispose();
        report.Save(Path.Combine(folder, "finetune.json"));
        return new FineTuneResult(file!, report);
    }

    // Reports frozen parts and reduced learning rates; nothing by default.
    private void Introduce()
    {
        var (encoder, decay) = (start.Model.Encoder, options.Training.Optimizer.LayerDecay);
        using var frozen = new FrozenStages(encoder, options.Training.Freeze);
        if (options.Training.Freeze.Count > 0)
            messages.Note(string.Create(CultureInfo.InvariantCulture, $"frozen: {string.Join(", ", options.Training.Freeze)}, " +
                $"{encoder.parameters().Where(p => !p.requires_grad).Sum(p => p.numel()) / 1e6:f2} " +
                $"of {encoder.parameters().Sum(p => p.numel()) / 1e6:f2} M parameters"));
        if (decay == 1) return;
        var stages = EncoderStages.Of(encoder);
        var rates = stages.Select((stage, i) =>
            string.Create(CultureInfo.InvariantCulture, $"{stage.Name} × {Math.Pow(decay, stages.Count - i):g3}"));
        messages.Note(string.Create(CultureInfo.InvariantCulture, $"layer decay {decay}: the rate of {string.Join(", ", rates)}"));
    }

    private static void RequireChoice(IImageDataset train)
    {
        if (Enumerable.Range(0, train.Count).Select(train.Label).Distinct().Count() == train.Count)
            throw new InvalidDataException($"probe-first: the {train.Count} training images have one image of each class, " +
                $"but the probe needs a second one to choose its regularisation.");
    }

    // The published numbers of epochs are for ImageNet, where 1 % of the labels are 12,800.
    private void WarnOfFewSteps(int images)
    {
        int batch = options.Training.ImagesPerStep(images), steps = options.Training.Epochs * (images / batch);
        if (steps < FewSteps)
            messages.Warn($"{(steps == 1 ? "1 step" : $"{steps} steps")} of {batch} images are few for a classification " +
                $"layer that starts from 0. probe-first, more epochs or a smaller batch-size may give much higher accuracy.");
    }

    // The file of the first seed's fine-tuned network; null for all other networks.
    private string? Train(string name, int seed, string folder, IImageDataset train, IImageDataset? heldOut, IImageDataset testImages,
        CancellationToken cancellationToken)
    {
        var preprocessing = start.Options.Preprocessing;
        // The state before the first label: each repetition has its own seed, also for the network from scratch.
        using var model = new ImageClassifier(start.Options.Encoder, start.Options.Head, options.HeadLayers, train.Classes.Count,
            preprocessing.ImageSize, start.Options.Seed + seed);
        if (name == FineTuned) model.StartFrom(start.Model.Encoder.state_dict(), start.Model.Head.state_dict());
        model.to(device);
        if (name == FineTuned && options.ProbeFirst) FineTuner.StartFromProbe(model, train, preprocessing, seed);
        var run = new ClassifierRun(preprocessing, request.Threads, messages, damagedImages);
        var trained = run.Train($"{name}, seed {seed}", model, TrainingOf(name) with { Seed = seed },
            train, heldOut, new LabelLoss(train), cancellationToken);
        Add((name, false), run.Score($"{name} {seed} last", model, testImages), trained);
        if (trained.Best is { } best)
        {
            ModelState.Load(model, best);
            Add((name, true), run.Score($"{name} {seed} best", model, testImages), trained);
        }
        return name == FineTuned && seed == 0 ? TrainedClassifier.Save(folder, model, start.Options, train.Classes) : null;
    }

    // A network without pretrained weights has nothing to freeze.
    private ClassifierTrainingOptions TrainingOf(string name) => name == FineTuned ? options.Training
        : options.Training with { Freeze = [], Optimizer = options.Training.Optimizer with { LayerDecay = 1 } };

    private void Add((string, bool) key, TestScores scores, ClassifierFit training)
    {
        if (!results.TryGetValue(key, out var list)) results[key] = list = [];
        list.Add((scores, training));
    }

    private EvaluationReport Report(string data, IReadOnlyList<string> classes, string seen) => new(
        "finetune", "fine-tuning", data, start.Source,
        [.. results.Select(r => new EvaluationRow(r.Key.Start, [.. r.Value.Select(v => v.Scores)])
        {
            Variant = r.Key.Best ? "best held-out epoch" : "last",
            Parameters = r.Key.Best
                ? [("epoch", r.Value[0].Training.BestEpoch), ("held_out_top1", r.Value[0].Training.HeldOutTop1!.Value)]
                : [("epoch", r.Value[0].Training.Epochs)],
        })])
    {
        Classes = classes,
        Parameters = new JsonObject
        {
            ["labels"] = request.Labels,
            ["options"] = OptionsText.ToJson(options),
            ["seeds"] = new JsonArray([.. Enumerable.Range(0, request.Seeds).Select(s => JsonValue.Create(s))]),
        },
        Audit = new JsonObject
        {
            ["weights_sha256"] = ModelState.Sha256(start.Model.Encoder),
            ["test_images_in_pretraining"] = seen,
            ["selection"] = "the epoch, on held-out images among the labelled ones",
            ["test_images"] = "scored once by each network, after its last choice",
            ["from_scratch"] = "the same network, labels, held-out images and options; nothing frozen, and no layer decay",
        },
    };
}
