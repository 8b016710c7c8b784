using SimClr.Datasets;
using SimClr.Distributed;
using SimClr.Evaluation;
using SimClr.Pretraining;
using SimClr.RunFolders;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Runs;

/// <summary>
/// What shows with labels, while a run trains without them, how it fares: the online probe, and a kNN classifier every so many epochs. Neither
/// touches the training, and neither sees a test image: kNN asks training images of training images.
/// </summary>
public sealed class RunProbes : IDisposable
{
    private const int KnnImages = 12_000, K = 20;
    private const double Queries = 1.0 / 6; // of them

    private readonly int knnEvery;
    private readonly Device device;
    private readonly ICommunicator ranks;
    private readonly IImageDataset? bank, queries;

    /// <summary>Prepares what the settings ask for.</summary>
    /// <param name="settings">The run's.</param>
    /// <param name="source">Where its images are.</param>
    /// <param name="images">Those that it trains on, with their labels.</param>
    /// <param name="featureDim">D.</param>
    /// <param name="device">Where the encoder is.</param>
    /// <param name="ranks">Those that train, and share kNN's work; borrowed.</param>
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
        var train = source.ForEvaluation(strict: false).Train;
        Require(train, "--knn-every");
        (bank, queries) = Subsets.StratifiedSplit(Subsets.Seeded(Subsets.Labelled(train, LabelBudget.All, seed: 0), KnnImages, seed: 0), Queries, seed: 0);
    }

    /// <summary>The probe, or null.</summary>
    public OnlineProbe? Online { get; }

    /// <summary>Top-1 of the weighted vote of 20 neighbours, in [0, 1], at the end of the epochs that it is asked for; else null.</summary>
    public double? Knn(Pretrainer pretrainer)
    {
        if (knnEvery == 0 || pretrainer.Step % pretrainer.StepsPerEpoch != 0 || pretrainer.Step / pretrainer.StepsPerEpoch % knnEvery != 0) return null;
        var (encoder, preprocessing) = (pretrainer.Model.Encoder, pretrainer.Options.Preprocessing);
        using var timing = CudnnTiming.For(device);
        encoder.eval();
        using var known = new FeatureExtractor(bank!, ranks).Encode(encoder, preprocessing, device);
        using var asked = new FeatureExtractor(queries!, ranks).Encode(encoder, preprocessing, device);
        using var classifier = new KnnClassifier(known, ranks);
        return classifier.Evaluate(asked, new KnnOptions { K = [K] }).Single(r => r.Weighted).Accuracy.Top1;
    }

    private static void Require(IImageDataset images, string option)
    {
        if (images.Classes.Count < 2) throw new InvalidDataException($"{option} needs labelled images of at least two classes, but {images.Name} has {images.Classes.Count}.");
    }

    /// <summary>Frees the online probe.</summary>
    public void Dispose() => Online?.Dispose();
}
