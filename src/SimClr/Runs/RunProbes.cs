using SimClr.Datasets;
using SimClr.Distributed;
using SimClr.Evaluation;
using SimClr.Pretraining;
using SimClr.RunFolders;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Runs;

/// <summary>
/// Two probes that use labels to show the progress of a run that trains without them: the online probe, and a kNN classifier every few
/// epochs. Neither influences the training, and neither uses test images: kNN classifies training images by training images.
/// </summary>
public sealed class RunProbes : IDisposable
{
    private const int KnnImages = 12_000, K = 20;
    private const double QueryShare = 1.0 / 6; // of them

    private readonly int knnEvery;
    private readonly Device device;
    private readonly ICommunicator ranks;

    /// <summary>Prepares the probes of the settings.</summary>
    /// <param name="settings">The settings of the run.</param>
    /// <param name="source">The source of its images.</param>
    /// <param name="images">The training images, with their labels.</param>
    /// <param name="featureDim">D.</param>
    /// <param name="device">The device of the encoder.</param>
    /// <param name="ranks">The ranks of the run, which share the work of kNN; borrowed.</param>
    /// <exception cref="InvalidDataException">The images have fewer than two classes.</exception>
    public RunProbes(RunSettings settings, ImageSource source, IImageDataset images, int featureDim, Device device, ICommunicator ranks)
    {
        (knnEvery, this.device, this.ranks) = (settings.KnnEvery ?? 0, device, ranks);
        if (settings.OnlineProbe)
        {
            Require(images, "--online-probe");
            Online = new OnlineProbe([.. Enumerable.Range(0, images.Count).Select(images.Label)], images.Classes.Count, featureDim, device);
        }
        if (knnEvery == 0) return;
        if (settings.GroupColumn is { } column)
            source = source.WithGroups(column, messages: null); // it may be for other images than the labelled ones
        var train = source.ForEvaluation(strict: false).Train;
        Require(train, "--knn-every");
        (Bank, Queries) = Subsets.StratifiedSplit(
            Subsets.Seeded(Subsets.Labelled(train, LabelBudget.All, seed: 0), KnnImages, seed: 0), QueryShare, seed: 0);
    }

    /// <summary>The images that vote in <see cref="Knn"/>; null without it.</summary>
    internal IImageDataset? Bank { get; }

    /// <summary>The images that are classified in <see cref="Knn"/>; no group has images in both.</summary>
    internal IImageDataset? Queries { get; }

    /// <summary>The online probe, or null.</summary>
    public OnlineProbe? Online { get; }

    /// <summary>
    /// The top-1 accuracy of the weighted vote of 20 neighbours, in [0, 1], after the epochs that the settings ask for; else null.
    /// </summary>
    /// <param name="pretrainer">Borrowed; between two of its steps.</param>
    public double? Knn(Pretrainer pretrainer)
    {
        if (knnEvery == 0 || pretrainer.Step % pretrainer.StepsPerEpoch != 0 || pretrainer.Step / pretrainer.StepsPerEpoch % knnEvery != 0)
            return null;
        var (encoder, preprocessing) = (pretrainer.Model.Encoder, pretrainer.Options.Preprocessing);
        using var timing = CudnnTiming.For(device);
        encoder.eval();
        using var known = new FeatureExtractor(Bank!, ranks).Encode(encoder, preprocessing, device);
        using var asked = new FeatureExtractor(Queries!, ranks).Encode(encoder, preprocessing, device);
        using var classifier = new KnnClassifier(known, ranks);
        return classifier.Evaluate(asked, new KnnOptions { K = [K] }).Single(r => r.Weighted).Accuracy.Top1;
    }

    private static void Require(IImageDataset images, string option)
    {
        if (images.Classes.Count < 2)
            throw new InvalidDataException($"{option} needs labelled images of at least two classes, " +
                $"but {images.Name} has {images.Classes.Count}.");
    }

    /// <summary>Frees the online probe.</summary>
    public void Dispose() => Online?.Dispose();
}
