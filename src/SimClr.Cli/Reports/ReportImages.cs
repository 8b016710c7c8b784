using SimClr.Cli.Output;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Evaluation;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Cli.Reports;

/// <summary>
/// The images that a report looks at, and what the encoder makes of them. Labelled: test images, and training images that
/// they are compared with. Without labels the images of pretraining are both.
/// </summary>
internal sealed class ReportImages : IDisposable
{
    private const int Neighbours = 10;

    private readonly TrainedModel model;
    private readonly Device device;
    private readonly Terminal terminal;
    private readonly List<(string Name, Features Reference, Features Shown)> features = [];

    /// <summary>Chooses and encodes images.</summary>
    /// <param name="model">Borrowed.</param>
    /// <param name="source">Where the images are.</param>
    /// <param name="limit">How many of each part, at most.</param>
    /// <param name="baselines">Whether projection, untrained encoder and pixels are wanted beside the encoder.</param>
    /// <param name="device">Where the model is.</param>
    /// <param name="terminal">Told of progress.</param>
    public ReportImages(TrainedModel model, ImageSource source, int limit, bool baselines, Device device, Terminal terminal)
    {
        (this.model, this.device, this.terminal) = (model, device, terminal);
        var (train, test, cut) = source.ForEvaluation(strict: false);
        DataName = train.Name;
        IsLabelled = train.Classes.Count > 1 && Labels(train).Take(2).Count() > 1;
        var seed = model.Options.Seed;
        (Reference, var reference) = Encode(Subsets.Seeded(IsLabelled ? train : source.ForPretraining(null, seed), limit, seed));
        if (!IsLabelled)
        {
            Shown = Reference;
            features.Add(("encoder", reference, reference));
            Note = $"{Reference.Count} images of {Reference.Name}, drawn by the seed; they have no labels";
            return;
        }

        // A class without a training image in the sample could never be found.
        var known = Labels(Reference);
        var testable = new SubsetDataset(test, Enumerable.Range(0, test.Count).Where(i => known.Contains(test.Label(i))));
        (Shown, var shown) = Encode(Subsets.Seeded(testable, limit, seed));
        features.Add(("encoder", reference, shown));
        Note = $"{Shown.Count} of {test.Count} test images by {Reference.Count} of {train.Count} training images of {train.Name}, drawn by the seed{(cut ? "; the data has no test part, a fifth of every class is held out as one" : "")}";
        if (baselines) AddBaselines();
    }

    /// <summary>Whether there are labels, of two classes at least.</summary>
    public bool IsLabelled { get; }

    /// <summary>The images that the report shows, all readable; row i of their features is image i.</summary>
    public IImageDataset Shown { get; }

    /// <summary>The images that neighbours are found among; the same ones where there are no labels.</summary>
    public IImageDataset Reference { get; }

    /// <summary>What the images call themselves.</summary>
    public string DataName { get; }

    /// <summary>Which images, in words.</summary>
    public string Note { get; }

    /// <summary>The encoder's h of <see cref="Shown"/>; borrowed.</summary>
    public Features ShownFeatures => features[0].Shown;

    /// <summary>The encoder's h of <see cref="Reference"/>; borrowed.</summary>
    public Features ReferenceFeatures => features[0].Reference;

    /// <summary>kNN of ten weighted neighbours on every kind of features, the encoder first, with what each shown image was taken for.</summary>
    public IReadOnlyList<(string Name, Accuracy Accuracy, long[] Predictions)> Classify()
    {
        var results = new List<(string, Accuracy, long[])>();
        foreach (var (name, reference, shown) in features)
        {
            using var knn = new KnnClassifier(reference);
            var scores = knn.Score(shown.Values, new KnnOptions { K = [Neighbours] });
            results.Add((name, Accuracy.Of(scores[0].ClassScores, shown.Labels), scores[0].Predictions()));
            foreach (var score in scores) score.Dispose();
        }
        return results;
    }

    /// <summary>What a label is called; the place of the image where it has none.</summary>
    public static string Caption(IImageDataset data, int index) => data.Label(index) is >= 0 and var label ? data.Classes[label] : $"image {index}";

    private static HashSet<int> Labels(IImageDataset data) => [.. Enumerable.Range(0, data.Count).Select(data.Label).Where(l => l >= 0)];

    private void AddBaselines()
    {
        var projection = (model.Project(ReferenceFeatures), model.Project(ShownFeatures));
        features.Add(("projection", projection.Item1, projection.Item2));
        features.Add(("untrained", Encode(model.Untrained, Reference, "untrained").Features, Encode(model.Untrained, Shown, "untrained").Features));
        int size = model.Options.ImageSize;
        features.Add(("pixels", new FeatureExtractor(Reference).Pixels(size), new FeatureExtractor(Shown).Pixels(size)));
    }

    // Damaged images are left out from here on.
    private (IImageDataset Readable, Features Features) Encode(IImageDataset data)
    {
        var (encoded, damaged) = Encode(model.Model.Encoder, data, "encoder");
        DamagedImageNotes.SayAll(damaged, terminal);
        var left = damaged.Select(b => b.Index).ToHashSet();
        return (left.Count == 0 ? data : new SubsetDataset(data, Enumerable.Range(0, data.Count).Where(i => !left.Contains(i))), encoded);
    }

    private (Features Features, IReadOnlyCollection<BadImage> Damaged) Encode(Module<Tensor, Tensor> encoder, IImageDataset data, string name)
    {
        var extractor = new FeatureExtractor(data);
        var encoded = terminal.Progress($"{name} features", data.Count, report =>
            extractor.Encode(encoder, model.Options.Preprocessing, device, new DirectProgress<int>(n => report(n, ""))));
        return (encoded, extractor.BadImages);
    }

    public void Dispose()
    {
        foreach (var (_, reference, shown) in features)
        {
            reference.Dispose();
            shown.Dispose();
        }
    }
}
