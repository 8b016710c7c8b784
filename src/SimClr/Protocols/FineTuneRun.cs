using System.Text;
using System.Text.Json.Nodes;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Evaluation;
using SimClr.FineTuning;
using SimClr.IO;
using SimClr.Models;
using SimClr.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Protocols;

/// <summary>Fine-tunes a pretrained network with some of the labels, and beside it trains the same network from scratch with the same ones.</summary>
public sealed class FineTuneRun(TrainedModel start, FineTuneOptions options, string folder, Device device, IMessages messages)
{
    private const int FewSteps = 300;
    private const string FineTuned = "fine-tuned", FromScratch = "from scratch";

    private readonly Dictionary<(string Start, bool Best), List<(TestScores Scores, FineTuned Training)>> results = [];
    private readonly DamagedImageNotes leftOut = new(messages);

    /// <summary>The file of the first seed's network, once it is written.</summary>
    public string? SavedTo { get; private set; }

    /// <summary>How many times the network is trained, each with labels and a seed of its own. Default 1.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>Whether the same network is trained from scratch beside it. Default true.</summary>
    public bool Scratch { get; init; } = true;

    /// <summary>Threads that read images. Default: all processors.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Trains, scores, and leaves the first seed's network and labels in the folder with the record.</summary>
    /// <param name="source">Labelled images.</param>
    /// <param name="labels">A budget or a file (<see cref="LabelledImages"/>).</param>
    /// <param name="cancellation">Ends it.</param>
    public EvaluationReport Execute(ImageSource source, string labels, CancellationToken cancellation)
    {
        if (options.HeadLayers > 0 && !start.HasHead) throw new InvalidDataException($"--head-layers {options.HeadLayers}: {start.Source} has no projection head.");
        var (trainImages, testImages, cut) = source.ForEvaluation();
        if (trainImages.Classes.Count < 2)
            throw new InvalidDataException($"{trainImages.Name} has {trainImages.Classes.Count} classes; fine-tuning needs labelled images of at least two (a folder for each class).");
        if (cut) messages.Note($"{trainImages.Name} has no test part: a fifth of every class, {testImages.Count} images, is held out as one.");
        Directory.CreateDirectory(folder);

        int used = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            var labelled = LabelledImages.Take(trainImages, labels, seed);
            if (Enumerable.Range(0, labelled.Count).Select(labelled.Label).Distinct().Count() < 2) throw new InvalidDataException($"--labels {labels}: all {labelled.Count} labelled images are of one class.");
            LabelledImages.Write(Path.Combine(folder, seed == 0 ? "labels.txt" : $"labels-{seed}.txt"), labelled);
            used = labelled.Count;
            var (train, heldOut) = options.HeldOutFraction > 0 ? Subsets.StratifiedSplit(labelled, options.HeldOutFraction, seed) : (labelled, null);
            if (heldOut?.Count == 0) heldOut = null; // a class of one image keeps it
            messages.Note($"seed {seed}: {labelled.Count} labels, {train.Count} to train with and {heldOut?.Count ?? 0} to choose the pass by");
            if (options.ProbeFirst) RequireChoice(train);
            else if (seed == 0) WarnOfFewSteps(train.Count);
            One(FineTuned, seed, train, heldOut, testImages, cancellation);
            if (Scratch) One(FromScratch, seed, train, heldOut, testImages, cancellation);
        }
        leftOut.Sum();
        var report = Report($"{trainImages.Name} ({used} of {trainImages.Count} training images with labels, {testImages.Count} test images)", labels, trainImages.Classes);
        foreach (var (_, training) in results.Values.SelectMany(r => r)) training.Dispose();
        WholeFile.Write(Path.Combine(folder, "finetune.json"), Encoding.UTF8.GetBytes(EvaluationReport.Text(report.ToJson()) + "\n"));
        return report;
    }

    private static void RequireChoice(IImageDataset train)
    {
        if (Enumerable.Range(0, train.Count).Select(train.Label).Distinct().Count() == train.Count)
            throw new InvalidDataException($"--probe-first: each of the {train.Count} images to train with has a class of its own; the probe's regularisation is chosen on a second one of a class.");
    }

    // The published numbers of epochs are for ImageNet, where 1 % of the labels are 12,800.
    private void WarnOfFewSteps(int images)
    {
        int pairs = options.Training.ImagesPerStep(images), steps = options.Training.Passes() * (images / pairs);
        if (steps < FewSteps)
            messages.Warn($"{(steps == 1 ? "1 step" : $"{steps} steps")} of {2 * pairs} views are few for a classification layer that starts from 0: --probe-first, more --epochs or a smaller --batch-size may give much more.");
    }

    private void One(string name, int seed, IImageDataset train, IImageDataset? heldOut, IImageDataset testImages, CancellationToken cancellation)
    {
        var preprocessing = start.Options.Preprocessing;
        // What ran before the first label: a seed of its own for each repetition, also of the network that starts from nothing.
        using var model = new ImageClassifier(start.Options.Encoder, start.Options.Head, options.HeadLayers, train.Classes.Count, preprocessing.ImageSize, start.Options.Seed + seed);
        if (name == FineTuned) model.StartFrom(start.Model.Encoder.state_dict(), start.Model.Head.state_dict());
        model.to(device);
        if (name == FineTuned && options.ProbeFirst) FineTuner.StartFromProbe(model, train, preprocessing, seed);
        var run = new ClassifierRun(preprocessing, Threads, messages, leftOut);
        var trained = run.Train($"{name}, seed {seed}", model, options.Training with { Seed = seed }, train, heldOut, new LabelLoss(train), cancellation);
        Add((name, false), run.Score($"{name} {seed} last", model, testImages), trained);
        if (trained.Best is { } best)
        {
            ModelState.Load(model, best);
            Add((name, true), run.Score($"{name} {seed} best", model, testImages), trained);
        }
        if (name == FineTuned && seed == 0) SavedTo = TrainedClassifier.Save(folder, model, start.Options, train.Classes);
    }

    private void Add((string, bool) key, TestScores scores, FineTuned training)
    {
        if (!results.TryGetValue(key, out var list)) results[key] = list = [];
        list.Add((scores, training));
    }

    private EvaluationReport Report(string data, string labels, IReadOnlyList<string> classes) => new(
        "finetune", "fine-tuning", data, start.Source,
        [.. results.Select(r => new EvaluationRow(r.Key.Start, [.. r.Value.Select(v => v.Scores)])
        {
            Variant = r.Key.Best ? "best held-out pass" : "last",
            Parameters = r.Key.Best
                ? [("pass", r.Value[0].Training.BestPass), ("held_out_top1", r.Value[0].Training.HeldOutTop1!.Value)]
                : [("pass", r.Value[0].Training.Passes)],
        })])
    {
        Classes = classes,
        Parameters = new JsonObject
        {
            ["labels"] = labels,
            ["options"] = OptionsText.ToJson(options),
            ["seeds"] = new JsonArray([.. Enumerable.Range(0, Seeds).Select(s => JsonValue.Create(s))]),
        },
        Audit = new JsonObject
        {
            ["weights_sha256"] = ModelState.Sha256(start.Model.Encoder),
            ["selection"] = "the pass, on held-out images among the labelled ones",
            ["test_images"] = "scored once by each network, after its last choice",
            ["from_scratch"] = "the same network, labels, held-out images and options",
        },
    };
}
