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

    /// <summary>What can be written, by the file's extension.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [SafetensorsExtension, ".pth", ".pt", OnnxExtension];

    /// <summary>A file's extension as it stands in <see cref="Extensions"/>.</summary>
    public static string ExtensionOf(string path) => Path.GetExtension(path).ToLowerInvariant();

    /// <summary>
    /// Writes the encoder, whole or not at all, with all that is needed to use it: its options, how its images are prepared, a classifier and its classes.
    /// <see cref="Load(string, Device?, IMessages?)"/> reads every kind of file but ONNX.
    /// </summary>
    /// <param name="path">Its extension says what is written; its folder is made.</param>
    /// <param name="classifier">On top of the encoder, as <c>fc</c>; by default <see cref="Classifier"/>.</param>
    /// <param name="preprocessing">ONNX: whether the graph prepares the images itself.</param>
    /// <exception cref="ArgumentException">The extension is none of <see cref="Extensions"/>, or the classifier does not fit.</exception>
    /// <exception cref="InvalidDataException">A weight is not finite, or the encoder cannot be written as ONNX; what was there stays.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path, EncoderClassifier? classifier = null, bool preprocessing = true)
    {
        string extension = ExtensionOf(path), recipe = OptionsText.ToYaml(Options);
        if (!Extensions.Contains(extension)) throw new ArgumentException($"{path}: an encoder is saved as {string.Join(", ", Extensions)}.", nameof(path));
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using var scope = NewDisposeScope();
        classifier ??= Classifier is { } fc ? new EncoderClassifier(fc.weight, fc.bias!, Classes) : null;
        var classes = classifier?.Classes ?? Classes;
        var state = Model.Encoder.state_dict();
        if (classifier is not null && Options.Encoder is CustomEncoder) state = CustomWeights.Beside(state);
        if (classifier is not null) (state["fc.weight"], state["fc.bias"]) = (classifier.Weight.to(ScalarType.Float32), classifier.Bias.to(ScalarType.Float32));
        ModelState.RequireFinite(state, path);
        if (extension == OnnxExtension)
        {
            var encoder = Model.Encoder as IOnnxExportable ?? throw new InvalidDataException($"{path}: {Options.Encoder.Describe()} cannot be written as ONNX.");
            OnnxEncoder.Write(path, encoder, Options.Preprocessing, new OnnxOptions
            {
                Preprocessing = preprocessing,
                Classifier = classifier is null || classes.Count > 0 ? classifier : classifier with { Classes = Numbered((int)classifier.Weight.shape[0]) },
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

    /// <summary>Names for classes that have none: 0, 1, 2 …</summary>
    internal static IReadOnlyList<string> Numbered(int classes) => [.. Enumerable.Range(0, classes).Select(c => c.ToString(CultureInfo.InvariantCulture))];
}
