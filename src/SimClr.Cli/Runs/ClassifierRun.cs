using System.Globalization;
using SimClr.Cli.Output;
using SimClr.Data;
using SimClr.Evaluation;
using SimClr.Models;
using SimClr.Views;

namespace SimClr.Cli.Runs;

/// <summary>Training an image classifier and scoring it, as fine-tuning and distillation both do it.</summary>
internal sealed class ClassifierRun(ViewPolicy policy, int imageSize, int threads, Terminal terminal, LeftOut leftOut)
{
    /// <summary>Crop and flip, prepared as the encoder's images are.</summary>
    public ClassifierTrainingOptions Prepared(ClassifierTrainingOptions options) =>
        options with { Views = options.Views with { Mean = policy.Mean, StandardDeviation = policy.StandardDeviation, Interpolation = policy.Interpolation } };

    /// <summary>Trains under a progress bar.</summary>
    public FineTuned Train(
        string what, ImageClassifier model, ClassifierTrainingOptions options, IImageDataset train, IImageDataset? heldOut, IClassifierLoss loss, CancellationToken cancellation)
    {
        options = Prepared(options);
        var trained = terminal.Progress(what, options.Passes(), report => FineTuning.Run(
            model, options, train, heldOut, policy, imageSize, loss, threads, new Told(report), cancellation));
        leftOut.Say(trained.BadTrainingImages.Concat(trained.BadHeldOutImages));
        return trained;
    }

    /// <summary>Scores a finished network on test images.</summary>
    public TestScores Score(string name, ImageClassifier model, IImageDataset testImages)
    {
        var images = new FeatureExtractor(testImages);
        using var test = new TestSet(images.Encode(model, policy, imageSize, model.Classifier.weight.device));
        leftOut.Say(images.BadImages);
        return test.Score(name, logits => logits.alias());
    }

    private sealed class Told(Action<long, string> report) : IProgress<(ClassifierEpoch Pass, double? HeldOutTop1)>
    {
        public void Report((ClassifierEpoch Pass, double? HeldOutTop1) value) => report(value.Pass.Pass, string.Create(
            CultureInfo.InvariantCulture, $"loss {value.Pass.Loss:f3}{(value.HeldOutTop1 is { } top1 ? $" held-out top-1 {top1:p2}" : "")}"));
    }
}
