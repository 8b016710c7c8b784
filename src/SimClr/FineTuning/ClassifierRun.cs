using System.Globalization;
using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.Images;
using SimClr.Models;

namespace SimClr.FineTuning;

/// <summary>Trains and scores an image classifier: the common part of fine-tuning and distillation.</summary>
/// <param name="preprocessing">How test images are prepared.</param>
/// <param name="threads">Threads that read images.</param>
/// <param name="messages">Hears the progress.</param>
/// <param name="damagedImages">Hears of images that are left out.</param>
public sealed class ClassifierRun(Preprocessing preprocessing, int threads, IMessages messages, DamagedImageLog damagedImages)
{
    /// <summary>Trains (<see cref="FineTuner"/>), and shows progress.</summary>
    /// <param name="what">What is trained, for the progress.</param>
    /// <param name="model">The network to train; borrowed.</param>
    /// <param name="options">The options.</param>
    /// <param name="train">The training images; borrowed.</param>
    /// <param name="heldOut">Labelled images that are scored after every epoch; null for none.</param>
    /// <param name="loss">The loss; borrowed.</param>
    /// <param name="cancellationToken">Cancels with an exception.</param>
    /// <returns>Owned by the caller.</returns>
    public ClassifierFit Train(
        string what, ImageClassifier model, ClassifierTrainingOptions options, IImageDataset train, IImageDataset? heldOut,
        IClassifierLoss loss, CancellationToken cancellationToken)
    {
        var trained = messages.Progress(what, options.Epochs, report => FineTuner.Run(
            model, options, train, heldOut, preprocessing, loss, threads,
            new DirectProgress<(ClassifierEpoch Trained, double? HeldOutTop1)>(value => report(value.Trained.Epoch, Line(value))),
            cancellationToken));
        damagedImages.Write(trained.BadTrainingImages.Concat(trained.BadHeldOutImages));
        return trained;
    }

    /// <summary>Scores a finished network on test images.</summary>
    /// <param name="name">What is scored, for the report.</param>
    /// <param name="model">The network, in eval mode; borrowed.</param>
    /// <param name="testImages">Labelled images; borrowed.</param>
    public TestScores Score(string name, ImageClassifier model, IImageDataset testImages)
    {
        var images = new FeatureExtractor(testImages);
        using var test = new TestSet(images.Encode(model, preprocessing, model.Classifier.weight.device));
        damagedImages.Write(images.BadImages);
        return test.Score(name, logits => logits.alias());
    }

    private static string Line((ClassifierEpoch Trained, double? HeldOutTop1) value) => string.Create(
        CultureInfo.InvariantCulture, $"loss {value.Trained.Loss:f3}{(value.HeldOutTop1 is { } top1 ? $" held-out top-1 {top1:p2}" : "")}");
}
