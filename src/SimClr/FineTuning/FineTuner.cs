using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.Images;
using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.FineTuning;

/// <summary>
/// Trains a classifier and evaluates it on held-out training images after every epoch. Both the best and the last epoch are kept. The test
/// images are not used.
/// </summary>
public static class FineTuner
{
    /// <summary>
    /// Trains to the planned end, or until the held-out accuracy has not risen for <see cref="ClassifierTrainingOptions.Patience"/> epochs.
    /// </summary>
    /// <param name="model">The model to train; borrowed. Afterwards it is in eval mode, with the weights of the last epoch.</param>
    /// <param name="options">The options.</param>
    /// <param name="train">The training images; borrowed.</param>
    /// <param name="heldOut">Labelled images for evaluation; null for none: then only the last epoch is kept.</param>
    /// <param name="preprocessing">The preprocessing, as for the encoder, and S.</param>
    /// <param name="loss">The loss; borrowed.</param>
    /// <param name="threads">Batches prepared at the same time, at least 1.</param>
    /// <param name="progress">Receives every epoch, with its held-out top-1 if there are held-out images.</param>
    /// <param name="cancellationToken">Cancels with an exception.</param>
    /// <returns>Owned by the caller, who disposes it.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="InvalidDataException">No image can be read, more than half are damaged, or the loss is not finite.</exception>
    /// <exception cref="IOException">An image's file cannot be read.</exception>
    public static ClassifierFit Run(
        ImageClassifier model, ClassifierTrainingOptions options, IImageDataset train, IImageDataset? heldOut, Preprocessing preprocessing,
        IClassifierLoss loss, int threads = 1, IProgress<(ClassifierEpoch Trained, double? HeldOutTop1)>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        using var trainer = new ClassifierTrainer(model, options, train, preprocessing, loss, threads);
        Dictionary<string, Tensor>? best = null;
        (int bestEpoch, double bestTop1, int epochs) = (0, -1, 0);
        var watched = heldOut is null ? null : new FeatureExtractor(heldOut);
        foreach (var epoch in trainer.Run(cancellationToken))
        {
            epochs = epoch.Epoch;
            double? top1 = watched is null ? null : Top1(model, watched, preprocessing);
            progress?.Report((epoch, top1));
            if (top1 > bestTop1)
            {
                foreach (var tensor in best?.Values ?? Enumerable.Empty<Tensor>()) tensor.Dispose();
                (best, bestEpoch, bestTop1) = (Copy(model), epoch.Epoch, top1.Value);
            }
            if (options.Patience > 0 && watched is not null && epoch.Epoch - bestEpoch >= options.Patience) break;
        }
        return new ClassifierFit(best, best is null ? epochs : bestEpoch, epochs, best is null ? null : bestTop1)
        {
            BadTrainingImages = trainer.BadImages,
            BadHeldOutImages = watched?.BadImages ?? [],
        };
    }

    /// <summary>
    /// Sets the classification layer to the optimum of <see cref="LinearProbe"/> on the frozen network's features of the training images.
    /// With few images, fine-tuning ends before a layer that starts at 0 has learned, and its first gradients damage good features (Kumar
    /// et al. 2022, "Fine-Tuning can Distort Pretrained Features and Underperform Out-of-Distribution"). Not in SimCLR.
    /// </summary>
    /// <param name="model">In any mode; afterwards in eval mode; borrowed.</param>
    /// <param name="train">Labelled images; borrowed. A class without images starts with the lowest bias and zero weights.</param>
    /// <param name="preprocessing">The preprocessing, as for the encoder, and S.</param>
    /// <param name="seed">Determines the images on which the penalty is chosen.</param>
    /// <exception cref="InvalidDataException">No class has two images.</exception>
    public static void StartFromProbe(ImageClassifier model, IImageDataset train, Preprocessing preprocessing, int seed)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        model.eval();
        var layer = model.Classifier;
        using var h = new FeatureExtractor(train).Encode(model.Encoder, preprocessing, layer.weight.device);
        using var features = new Features(model.Head.call(h.Values.to(layer.weight.device)).cpu(), h.Labels.alias()) { Groups = h.Groups };
        using var fit = LinearProbe.Fit(features, new LinearProbeOptions { Seed = seed });
        var (weight, bias) = (fit.Classifier.Weight, fit.Classifier.Bias);
        long known = weight.shape[0]; // classes up to the highest label
        double least = bias.masked_select(bias.isfinite()).min().item<double>();
        layer.bias!.fill_(least);
        layer.bias.narrow(0, 0, known).copy_(bias.clamp_min(least));
        layer.weight.narrow(0, 0, known).copy_(weight);
    }

    private static double Top1(ImageClassifier model, FeatureExtractor images, Preprocessing preprocessing)
    {
        using var logits = images.Encode(model, preprocessing, model.Classifier.weight.device);
        return Accuracy.Of(logits.Values, logits.Labels).Top1;
    }

    private static Dictionary<string, Tensor> Copy(ImageClassifier model)
    {
        using var _ = no_grad();
        return model.state_dict().ToDictionary(t => t.Key, t => t.Value.detach().clone().DetachFromDisposeScope());
    }
}
