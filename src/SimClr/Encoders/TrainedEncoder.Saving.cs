using System.Globalization;
using System.Text.Json;
using SimClr.Models;
using SimClr.Recipes;
using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Encoders;

public sealed partial class TrainedEncoder
{
    /// <summary>The extension of ONNX files.</summary>
    public const string OnnxExtension = ".onnx";

    private const string SafetensorsExtension = ".safetensors";

    /// <summary>The supported extensions.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [SafetensorsExtension, ".pth", ".pt", OnnxExtension];

    /// <summary>The extension of a file, in the form of <see cref="Extensions"/>.</summary>
    public static string ExtensionOf(string path) => Path.GetExtension(path).ToLowerInvariant();

    /// <summary>
    /// Writes the encoder atomically, with everything needed to use it: its options, its preprocessing, a classifier and its classes.
    /// <see cref="Load(string, Device?, IMessages?)"/> reads every kind of file except ONNX.
    /// </summary>
    /// <param name="path">The file. Its extension decides the format; a missing folder is created.</param>
    /// <param name="classifier">A classifier on the encoder, written as <c>fc</c>; by default <see cref="Classifier"/>.</param>
    /// <param name="preprocessing">For ONNX: whether the graph includes the preprocessing.</param>
    /// <param name="opset">For ONNX: the version of the operators, <see cref="OnnxOptions.Opset"/>.</param>
    /// <exception cref="ArgumentException">The extension is not in <see cref="Extensions"/>, or the classifier does not fit.</exception>
    /// <exception cref="InvalidDataException">
    /// A weight is not finite, or the encoder cannot be written as ONNX. An existing file is unchanged.
    /// </exception>
    /// <exception cref="IOException">The file is not writable.</exception>
    public void Save(string path, EncoderClassifier? classifier = null, bool preprocessing = true, int opset = OnnxEncoder.Opset)
    {
        string extension = ExtensionOf(path), recipe = OptionsText.ToYaml(Options);
        if (!Extensions.Contains(extension))
            throw new ArgumentException($"{path}: an encoder is saved as {string.Join(", ", Extensions)}.", nameof(path));
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using var scope = NewDisposeScope();
        classifier ??= Classifier is { } fc ? new EncoderClassifier(fc.weight, fc.bias!, Classes) : null;
        var classes = classifier?.Classes ?? Classes;
        var state = Model.Encoder.state_dict();
        if (classifier is not null && Options.Encoder is CustomEncoder) state = CustomWeights.Beside(state);
        if (classifier is not null)
            (state["fc.weight"], state["fc.bias"]) = (classifier.Weight.to(ScalarType.Float32), classifier.Bias.to(ScalarType.Float32));
        ModelState.RequireFinite(state, path);
        if (extension == OnnxExtension)
        {
            var encoder = Model.Encoder as IOnnxExportable
                ?? throw new InvalidDataException($"{path}: {Options.Encoder.Describe()} cannot be written as ONNX.");
            OnnxEncoder.Write(path, encoder, Options.Preprocessing, new OnnxOptions
            {
                Preprocessing = preprocessing,
                Opset = opset,
                Classifier = classifier is null || classes.Count > 0 ? classifier
                    : classifier with { Classes = Numbered((int)classifier.Weight.shape[0]) },
                Recipe = recipe,
            });
            return;
        }
        var metadata = new Dictionary<string, string> { [WeightsHeader.RecipeKey] = recipe };
        if (classes.Count > 0) metadata[WeightsHeader.ClassesKey] = JsonSerializer.Serialize(classes);
        if (Guesses.Count > 0) metadata[WeightsHeader.GuessesKey] = JsonSerializer.Serialize(Guesses);
        if (extension == SafetensorsExtension) Safetensors.Write(path, state, metadata);
        else PyTorchFile.Write(path, state, metadata);
    }

    /// <summary>Names for unnamed classes: 0, 1, 2 …</summary>
    internal static IReadOnlyList<string> Numbered(int classes) =>
        [.. Enumerable.Range(0, classes).Select(c => c.ToString(CultureInfo.InvariantCulture))];
}
