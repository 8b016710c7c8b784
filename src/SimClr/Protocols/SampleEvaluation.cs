using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Evaluation;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Protocols;

/// <summary>
/// A quick evaluation of an encoder on a sample of images: kNN, neighbours, near-duplicates. With labels, test images are compared with
/// training images. Without labels, images are compared with each other. <see cref="EncoderEvaluation"/> uses all images. One thread at a
/// time.
/// </summary>
public sealed partial class SampleEvaluation : IDisposable
{
    private const int Neighbours = 10;

    private readonly TrainedEncoder model;
    private readonly Device device;
    private readonly IMessages messages;
    private readonly List<(string Name, Features Reference, Features Shown)> features = [];

    /// <summary>Draws images with the run's seed and encodes them.</summary>
    /// <param name="model">Borrowed.</param>
    /// <param name="source">The images.</param>
    /// <param name="limit">The largest number of images per part, at least 2.</param>
    /// <param name="baselines">Whether to evaluate the projection, the untrained encoder and the pixels too.</param>
    /// <param name="device">The device of the model.</param>
    /// <param name="messages">Receives progress and damaged images.</param>
    /// <exception cref="InvalidDataException">There are no images, or no image can be read.</exception>
    public SampleEvaluation(TrainedEncoder model, ImageSource source, int limit, bool baselines, Device device, IMessages messages)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(source);
        (this.model, this.device, this.messages) = (model, device, messages);
        var (train, test, cut) = source.ForEvaluation(strict: false);
        DataName = train.Name;
        IsLabelled = train.Classes.Count > 1 && Labels(train).Take(2).Count() > 1;
        var seed = model.Options.Seed;
        (Reference, var reference) = Encode(Subsets.Seeded(IsLabelled ? train : source.ForPretraining(null, seed), limit, seed));
        if (!IsLabelled)
        {
            Shown = Reference;
            features.Add(("encoder", reference, reference));
            Description = $"{Reference.Count} images of {Reference.Name}, drawn by the seed; they have no labels";
            return;
        }

        // A class without a training image in the sample could never be predicted.
        var known = Labels(Reference);
        var testable = new SubsetDataset(test, Enumerable.Range(0, test.Count).Where(i => known.Contains(test.Label(i))));
        (Shown, var shown) = Encode(Subsets.Seeded(testable, limit, seed));
        features.Add(("encoder", reference, shown));
        Description = $"{Shown.Count} of {test.Count} test images by {Reference.Count} of {train.Count} training images of {train.Name}, " +
            $"drawn by the seed{(cut ? "; the data has no test part, so a fifth of each class is held out" : "")}";
        if (baselines) AddBaselines();
    }

    /// <summary>Whether there are labels of at least two classes.</summary>
    public bool IsLabelled { get; }

    /// <summary>The evaluated images, all readable. Row i of their features is image i.</summary>
    public IImageDataset Shown { get; }

    /// <summary>The images among which neighbours are searched; without labels the same as <see cref="Shown"/>.</summary>
    public IImageDataset Reference { get; }

    /// <summary>The data set's name.</summary>
    public string DataName { get; }

    /// <summary>A description of the images.</summary>
    public string Description { get; }

    /// <summary>The encoder's h of <see cref="Shown"/>; borrowed.</summary>
    public Features ShownFeatures => features[0].Shown;

    /// <summary>The encoder's h of <see cref="Reference"/>; borrowed.</summary>
    public Features ReferenceFeatures => features[0].Reference;

    /// <summary>Classifies the shown images with their ten nearest reference images; a vote is exp(cos / 0.07).</summary>
    /// <returns>One result per kind of features, the encoder's first.</returns>
    public IReadOnlyList<SampleResult> Classify()
    {
        var results = new List<SampleResult>();
        foreach (var (name, reference, shown) in features)
        {
            using var knn = new KnnClassifier(reference);
            var scores = knn.Score(shown.Values, new KnnOptions { K = [Neighbours] });
            results.Add(new SampleResult(name, Accuracy.Of(scores[0].ClassScores, shown.Labels), scores[0].Predictions()));
            foreach (var score in scores) score.Dispose();
        }
        return results;
    }

    /// <summary>Counts the predictions of each class.</summary>
    /// <param name="predictions">The predicted class of each shown image (<see cref="Classify"/>).</param>
    public ConfusionMatrix Confusion(IReadOnlyList<long> predictions) =>
        ConfusionMatrix.Of([.. Enumerable.Range(0, Shown.Count).Select(i => (long)Shown.Label(i))], predictions, Reference.Classes.Count);

    private static HashSet<int> Labels(IImageDataset data) => [.. Enumerable.Range(0, data.Count).Select(data.Label).Where(l => l >= 0)];

    private void AddBaselines()
    {
        var projection = (model.Project(ReferenceFeatures), model.Project(ShownFeatures));
        features.Add(("projection", projection.Item1, projection.Item2));
        features.Add(("untrained", Encode(model.Untrained, Reference, "untrained").Features,
            Encode(model.Untrained, Shown, "untrained").Features));
        var (size, prepared) = (model.Options.ImageSize, model.Options.Preprocessing);
        features.Add(("pixels", new FeatureExtractor(Reference).Pixels(size, prepared),
            new FeatureExtractor(Shown).Pixels(size, prepared)));
    }

    // Damaged images are left out from here on.
    private (IImageDataset Readable, Features Features) Encode(IImageDataset data)
    {
        var (encoded, damaged) = Encode(model.Model.Encoder, data, "encoder");
        DamagedImageLog.WriteAll(damaged, messages);
        var left = damaged.Select(b => b.Index).ToHashSet();
        return (left.Count == 0 ? data : new SubsetDataset(data, Enumerable.Range(0, data.Count).Where(i => !left.Contains(i))), encoded);
    }

    private (Features Features, IReadOnlyCollection<BadImage> Damaged) Encode(
        Module<Tensor, Tensor> encoder, IImageDataset data, string name)
    {
        var extractor = new FeatureExtractor(data);
        var encoded = messages.Progress($"{name} features", data.Count, report =>
            extractor.Encode(encoder, model.Options.Preprocessing, device, new DirectProgress<int>(n => report(n, ""))));
        return (encoded, extractor.BadImages);
    }

    /// <summary>Frees the features.</summary>
    public void Dispose()
    {
        foreach (var (_, reference, shown) in features)
        {
            reference.Dispose();
            shown.Dispose();
        }
    }
}
