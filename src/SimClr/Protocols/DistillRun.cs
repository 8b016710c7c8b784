using System.Text.Json.Nodes;
using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.FineTuning;
using SimClr.Models;
using SimClr.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Protocols;

/// <summary>
/// Trains a student on the predictions of a fine-tuned teacher for unlabelled images (SimCLR v2, section 2.3), and scores both if there are
/// labelled test images.
/// </summary>
/// <remarks>One thread at a time. The same seeds, threads and machine give the same networks and figures.</remarks>
/// <param name="teacher">The teacher, on the device of the training; borrowed and never changed.</param>
/// <param name="source">The images. Labels, if there are any, are used only for scores.</param>
/// <param name="request">The student, options and seeds.</param>
/// <param name="messages">Receives progress and notes about what is left out. Default: none.</param>
public sealed class DistillRun(TrainedClassifier teacher, ImageSource source, DistillRequest request, IMessages? messages = null)
{
    private readonly DistillOptions options = (request ?? throw new ArgumentNullException(nameof(request))).Options;
    private readonly TrainedClassifier teacher = teacher ?? throw new ArgumentNullException(nameof(teacher));
    private readonly ImageSource source = source ?? throw new ArgumentNullException(nameof(source));
    private readonly IMessages messages = messages ?? IMessages.None;
    private readonly Device device = teacher.Model.parameters().First().device;

    /// <summary>
    /// Trains and scores. Writes the first seed's student (<c>classifier.safetensors</c>) and the record (<c>distill.json</c>) into a
    /// folder.
    /// </summary>
    /// <param name="folder">The folder; created if missing. Files with these names are replaced.</param>
    /// <param name="cancellationToken">Cancels the work. Only finished networks are left.</param>
    /// <returns>The file of the student, and the figures if images have labels.</returns>
    /// <exception cref="ArgumentException">A value of the request is out of range.</exception>
    /// <exception cref="InvalidDataException">The images have other classes than the teacher.</exception>
    /// <exception cref="IOException">An image cannot be read, or the folder is not writable.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public DistillResult Execute(string folder, CancellationToken cancellationToken = default)
    {
        request.Validate();
        var images = source.ForPretraining(request.Limit, seed: 0);
        bool labelled = images.Classes.Count > 1;
        // Without a test part, a fifth of the labelled images is held out. The student must not use them.
        var (train, test, cut) = source.TestFor(teacher.Classes, $"the teacher, {teacher.Source},") is { } elsewhere
            ? (images, elsewhere, false) : labelled ? source.ForEvaluation() : (images, null, false);
        if (test is not null && (test.Classes.Count != teacher.Classes.Count || !test.Classes.SequenceEqual(teacher.Classes)))
            throw new InvalidDataException($"{test.Name} has {test.Classes.Count} classes ({test.Classes[0]}, " +
                $"…); the teacher {teacher.Source} has {teacher.Classes.Count} ({teacher.Classes[0]}, …).");
        var unlabelled = new UnlabelledDataset(cut ? Without(test!, images) : images);
        Directory.CreateDirectory(folder);

        var preprocessing = teacher.Options.Preprocessing;
        var encoder = options.Encoder.CompletedBy(teacher.Options.Encoder);
        if (encoder.Channels != teacher.Options.Encoder.Channels)
            throw new ConfigurationException($"encoder.channels: the student takes images of {encoder.Channels} channels, " +
                $"but the teacher {teacher.Source} takes {teacher.Options.Encoder.Channels}.");
        var damagedImages = new DamagedImageLog(messages);
        var run = new ClassifierRun(preprocessing, request.Threads, messages, damagedImages);
        var scores = new List<TestScores>();
        string? file = null;
        var untouched = new FrozenGuard(teacher.Model);
        for (int seed = 0; seed < request.Seeds; seed++)
        {
            using var student = new ImageClassifier(encoder, teacher.Options.Head, 0, teacher.Classes.Count, preprocessing.ImageSize, seed);
            student.to(device);
            messages.Note($"seed {seed}: {unlabelled.Count} images of {unlabelled.Name}, " +
                $"{student.parameters().Sum(p => p.numel()) / 1e6:f2} M parameters learn " +
                $"from {teacher.Model.parameters().Sum(p => p.numel()) / 1e6:f2} M");
            using var trained = run.Train($"student, seed {seed}", student, options.Training with { Seed = seed },
                unlabelled, null, new DistillationLoss(teacher.Model, options.Temperature), cancellationToken);
            if (seed == 0) file = TrainedClassifier.Save(folder, student, teacher.Options with { Encoder = encoder }, teacher.Classes);
            if (test is not null) scores.Add(run.Score($"student {seed}", student, test));
        }
        untouched.Check();
        damagedImages.WriteTotal();
        if (test is null) return new DistillResult(file!, null);

        var report = new EvaluationReport("distill", "distillation",
            $"{train.Name} ({unlabelled.Count} images without labels, {source.Describe(test)})", teacher.Source,
            [new EvaluationRow("student", scores), new EvaluationRow("teacher", [run.Score("teacher", teacher.Model, test)])])
        {
            Classes = teacher.Classes,
            Parameters = new JsonObject
            {
                ["options"] = OptionsText.ToJson(options with { Encoder = encoder }),
                ["seeds"] = new JsonArray([.. Enumerable.Range(0, request.Seeds).Select(s => JsonValue.Create(s))])
            },
            Audit = new JsonObject
            {
                ["teacher_sha256"] = ModelState.Sha256(teacher.Model),
                ["teacher"] = "eval mode; parameters and buffers bit for bit the same before and after",
                ["labels_in_distillation"] = "none",
                ["test_images"] = "scored once by each network",
            },
        };
        report.Save(Path.Combine(folder, "distill.json"));
        return new DistillResult(file!, report);
    }

    private static SubsetDataset Without(IImageDataset heldOut, IImageDataset images)
    {
        var left = Enumerable.Range(0, heldOut.Count).Select(heldOut.Describe).ToHashSet(StringComparer.Ordinal);
        return new SubsetDataset(images, Enumerable.Range(0, images.Count).Where(i => !left.Contains(images.Describe(i))));
    }
}
