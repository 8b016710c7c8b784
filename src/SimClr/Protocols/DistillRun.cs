using System.Text;
using System.Text.Json.Nodes;
using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.FineTuning;
using SimClr.IO;
using SimClr.Models;
using SimClr.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Protocols;

/// <summary>Teaches a student what a fine-tuned teacher says of unlabelled images (SimCLR v2, §2.3), and scores both where there are labelled test images.</summary>
public sealed class DistillRun(TrainedClassifier teacher, DistillOptions options, string folder, Device device, IMessages messages)
{
    /// <summary>The file of the first seed's network, once it is written.</summary>
    public string? SavedTo { get; private set; }

    /// <summary>How many students are trained, each with a seed of its own. Default 1.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>Threads that read images. Default: all processors.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Trains, leaves the first seed's student in the folder, and scores.</summary>
    /// <param name="source">Images; labels, if there are any, are for the scores alone.</param>
    /// <param name="limit">Use a seeded subset of so many training images.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Null where no image has a label.</returns>
    public EvaluationReport? Execute(ImageSource source, int? limit, CancellationToken cancellation)
    {
        var images = source.ForPretraining(limit, seed: 0);
        bool labelled = images.Classes.Count > 1;
        // Without a test part a fifth of what has labels is held out; the student must not see it.
        var (train, test, cut) = labelled ? source.ForEvaluation() : (images, null, false);
        if (labelled && (test!.Classes.Count != teacher.Classes.Count || !test.Classes.SequenceEqual(teacher.Classes)))
            throw new InvalidDataException($"{test.Name} has {test.Classes.Count} classes ({test.Classes[0]}, …); the teacher {teacher.Source} knows {teacher.Classes.Count} ({teacher.Classes[0]}, …).");
        var unlabelled = new UnlabelledDataset(cut ? Without(test!, images) : images);
        Directory.CreateDirectory(folder);

        var preprocessing = teacher.Options.Preprocessing;
        var encoder = options.Encoder.Stem == Stem.Auto ? options.Encoder with { Stem = teacher.Options.Encoder.Stem } : options.Encoder;
        var leftOut = new DamagedImageNotes(messages);
        var run = new ClassifierRun(preprocessing, Threads, messages, leftOut);
        var scores = new List<TestScores>();
        var untouched = new FrozenGuard(teacher.Model);
        for (int seed = 0; seed < Seeds; seed++)
        {
            using var student = new ImageClassifier(encoder, teacher.Options.Head, 0, teacher.Classes.Count, preprocessing.ImageSize, seed);
            student.to(device);
            messages.Note($"seed {seed}: {unlabelled.Count} images of {unlabelled.Name}, {student.parameters().Sum(p => p.numel()) / 1e6:f2} M parameters learn from {teacher.Model.parameters().Sum(p => p.numel()) / 1e6:f2} M");
            using var trained = run.Train($"student, seed {seed}", student, options.Training with { Seed = seed }, unlabelled, null, new DistillationLoss(teacher.Model, options.Temperature), cancellation);
            if (seed == 0) SavedTo = TrainedClassifier.Save(folder, student, teacher.Options with { Encoder = encoder }, teacher.Classes);
            if (test is not null) scores.Add(run.Score($"student {seed}", student, test));
        }
        untouched.Check();
        leftOut.Sum();
        if (test is null) return null;

        var report = new EvaluationReport("distill", "distillation", $"{train.Name} ({unlabelled.Count} images without labels, {test.Count} test images)", teacher.Source,
            [new EvaluationRow("student", scores), new EvaluationRow("teacher", [run.Score("teacher", teacher.Model, test)])])
        {
            Classes = teacher.Classes,
            Parameters = new JsonObject { ["options"] = OptionsText.ToJson(options with { Encoder = encoder }), ["seeds"] = new JsonArray([.. Enumerable.Range(0, Seeds).Select(s => JsonValue.Create(s))]) },
            Audit = new JsonObject
            {
                ["teacher_sha256"] = ModelState.Sha256(teacher.Model),
                ["teacher"] = "eval mode; parameters and buffers bit for bit the same before and after",
                ["labels_in_distillation"] = "none",
                ["test_images"] = "scored once by each network",
            },
        };
        WholeFile.Write(Path.Combine(folder, "distill.json"), Encoding.UTF8.GetBytes(EvaluationReport.Text(report.ToJson()) + "\n"));
        return report;
    }

    private static SubsetDataset Without(IImageDataset heldOut, IImageDataset images)
    {
        var left = Enumerable.Range(0, heldOut.Count).Select(heldOut.Describe).ToHashSet(StringComparer.Ordinal);
        return new SubsetDataset(images, Enumerable.Range(0, images.Count).Where(i => !left.Contains(images.Describe(i))));
    }
}
