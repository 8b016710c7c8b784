using System.Globalization;
using System.Text.Json;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Evaluation;
using SimClr.Models;
using SimClr.Recipes;
using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Export;

/// <summary>An encoder, with a classifier or without, on its way into a file of another program.</summary>
public sealed class EncoderExport(TrainedModel model, IMessages messages) : IDisposable
{
    /// <summary>The extension of ONNX files.</summary>
    public const string Onnx = ".onnx";

    private const string SafetensorsFile = ".safetensors";

    private LinearClassifier? fitted;
    private IReadOnlyList<string> classes = model.Classes;

    /// <summary>What can be written, by the file's extension.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [SafetensorsFile, ".pth", ".pt", Onnx];

    /// <summary>A file's extension as it stands in <see cref="Extensions"/>.</summary>
    public static string ExtensionOf(string file) => Path.GetExtension(file).ToLowerInvariant();

    /// <summary>Fits softmax regression to the encoder's features of labelled images (<see cref="LinearProbe"/>), and says what it is worth.</summary>
    public void FitClassifier(ImageSource source, Device device)
    {
        var (trainImages, testImages, cut) = source.ForEvaluation();
        if (cut) messages.Note($"{trainImages.Name} has no test part: a fifth of every class, {testImages.Count} images, is held out as one.");
        var preprocessing = model.Options.Preprocessing;
        using var train = new FeatureExtractor(trainImages).Encode(model.Model.Encoder, preprocessing, device);
        using var test = new TestSet(new FeatureExtractor(testImages).Encode(model.Model.Encoder, preprocessing, device));
        test.RequireScorableAfter(train);
        fitted = LinearProbe.Fit(train).Classifier;
        double top1 = test.Score("linear", fitted.Score).Accuracy.Top1;
        fitted.Bias.clamp_(min: -1e30); // −∞ for a class without a readable image: finite, and no other program stumbles
        classes = trainImages.Classes;
        messages.Note(string.Create(CultureInfo.InvariantCulture, $"linear classifier of {classes.Count} classes: top-1 {top1:p2} on {testImages.Count} test images"));
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <param name="file">Its extension says what is written.</param>
    /// <param name="preprocess">ONNX: whether the graph prepares the images itself.</param>
    /// <returns>What was written, in one line.</returns>
    /// <exception cref="InvalidDataException">A weight is not finite; what was there stays.</exception>
    public string Write(string file, bool preprocess)
    {
        string extension = ExtensionOf(file), recipe = OptionsText.ToYaml(model.Options);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        using var scope = NewDisposeScope();
        var (weight, bias) = (fitted?.Weight ?? model.Classifier?.weight, fitted?.Bias ?? model.Classifier?.bias);
        var state = model.Model.Encoder.state_dict();
        if (weight is not null) (state["fc.weight"], state["fc.bias"]) = (weight.to(ScalarType.Float32), bias!.to(ScalarType.Float32));
        ModelState.RequireFinite(state, file);
        IReadOnlyList<string> names = weight is null ? [] : classes.Count > 0 ? classes : [.. Enumerable.Range(0, (int)weight.shape[0]).Select(c => $"{c}")];
        if (extension == Onnx)
        {
            OnnxEncoder.Write(file, model.Model.Encoder, model.Options.Preprocessing, new OnnxOptions
            {
                Preprocessing = preprocess,
                Classifier = weight is null ? null : new OnnxClassifier(weight, bias!, names),
                Recipe = recipe,
            });
        }
        else
        {
            var metadata = new Dictionary<string, string> { [WeightsHeader.RecipeKey] = recipe };
            if (classes.Count > 0) metadata[WeightsHeader.ClassesKey] = JsonSerializer.Serialize(classes);
            if (extension == SafetensorsFile) Safetensors.Write(file, state, metadata);
            else PyTorchFile.Write(file, state, metadata);
        }
        return string.Create(CultureInfo.InvariantCulture,
            $"{file}: {model.Options.Encoder.Arch} × {model.Options.Encoder.Width}, h ({model.Model.Encoder.FeatureDim}){(weight is null ? "" : $", {names.Count} classes")}, {new FileInfo(file).Length / 1e6:f1} MB");
    }

    /// <summary>Frees the fitted classifier.</summary>
    public void Dispose() => fitted?.Dispose();
}
