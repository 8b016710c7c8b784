using System.Globalization;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Evaluation;
using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Export;

/// <summary>Exports an encoder, with or without a classifier, for other programs.</summary>
/// <param name="model">The encoder; borrowed.</param>
/// <param name="messages">Hears the progress and the accuracy of a classifier.</param>
public sealed class EncoderExport(TrainedEncoder model, IMessages messages) : IDisposable
{
    private const double Least = -1e30;

    private LinearClassifier? fitted;
    private EncoderClassifier? classifier;

    /// <summary>
    /// Fits softmax regression to the encoder's features of labelled images (<see cref="LinearProbe"/>), and reports its accuracy.
    /// </summary>
    /// <param name="source">Images with labels. Without a test part a fifth of each class is held out, for the accuracy.</param>
    /// <param name="device">Computes the features.</param>
    public void FitClassifier(ImageSource source, Device device)
    {
        var (trainImages, testImages, cut) = source.ForEvaluation();
        if (cut) ImageSource.TellCut(trainImages, testImages, messages);
        var preprocessing = model.Options.Preprocessing;
        FeatureExtractor toTrain = new(trainImages), toTest = new(testImages);
        using var train = toTrain.Encode(model.Model.Encoder, preprocessing, device);
        using var test = new TestSet(toTest.Encode(model.Model.Encoder, preprocessing, device));
        DamagedImageLog.WriteAll(toTrain.BadImages.Concat(toTest.BadImages), messages);
        test.RequireScorableAfter(train);
        using var fit = LinearProbe.Fit(train).Classifier;
        double top1 = test.Score("linear", fit.Score).Accuracy.Top1;
        // It ends with the highest label. A class without a readable image gets a bias that is finite, for other programs.
        using var scope = NewDisposeScope();
        long missing = trainImages.Classes.Count - fit.Weight.shape[0];
        fitted?.Dispose();
        fitted = new LinearClassifier(
            cat([fit.Weight, fit.Weight.new_zeros(missing, fit.Weight.shape[1])]).DetachFromDisposeScope(),
            cat([fit.Bias, fit.Bias.new_full([missing], Least)]).clamp_min(Least).DetachFromDisposeScope());
        classifier = new EncoderClassifier(fitted.Weight, fitted.Bias, trainImages.Classes);
        messages.Note(string.Create(CultureInfo.InvariantCulture, $"linear classifier of {trainImages.Classes.Count} classes: top-1 " +
            $"{top1:p2} on {test.Count} test images"));
    }

    /// <summary>Writes the file (<see cref="TrainedEncoder.Save"/>).</summary>
    /// <param name="file">The file. Its extension decides the format.</param>
    /// <param name="preprocess">For ONNX: whether the graph includes the preprocessing.</param>
    /// <param name="names">Whose names the tensors get; by default ours.</param>
    /// <param name="opset">For ONNX: the version of the operators, <see cref="OnnxOptions.Opset"/>.</param>
    /// <returns>A one-line description of the file.</returns>
    /// <exception cref="InvalidDataException">
    /// A weight is not finite, or the named program has no such encoder. An existing file is unchanged.
    /// </exception>
    public string Write(string file, bool preprocess, WeightNames? names = null, int opset = OnnxEncoder.Opset)
    {
        model.Save(file, classifier, preprocess, names, opset);
        long? classes = (classifier?.Weight ?? model.Classifier?.weight)?.shape[0];
        return string.Create(CultureInfo.InvariantCulture,
            $"{file}: {model.Options.Encoder.Describe()}, h ({model.Model.FeatureDim}){(classes is null ? "" : $", {classes} classes")}, " +
            $"{new FileInfo(file).Length / 1e6:f1} MB");
    }

    /// <summary>Frees the fitted classifier.</summary>
    public void Dispose() => fitted?.Dispose();
}
