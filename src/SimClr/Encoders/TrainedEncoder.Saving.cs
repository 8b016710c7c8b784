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

    private const string SafetensorsExtension = ".safetensors", ScriptExtension = ".pt";

    /// <summary>The supported extensions.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [SafetensorsExtension, ".pth", ScriptExtension, OnnxExtension];

    /// <summary>The extension of a file, in the form of <see cref="Extensions"/>.</summary>
    /// <param name="path">The file to write.</param>
    public static string ExtensionOf(string path) => Path.GetExtension(path).ToLowerInvariant();

    /// <summary>
    /// Writes the encoder atomically, with everything needed to use it: its options, its preprocessing, a classifier and its classes.
    /// <see cref="Load(string, Device?, IMessages?, bool)"/> reads every kind of file except ONNX. An encoder from a TorchScript file is
    /// written as .pt with its program, without a classifier; any other encoder as the weights alone.
    /// </summary>
    /// <param name="path">The file. Its extension decides the format; a missing folder is created.</param>
    /// <param name="classifier">
    /// A classifier on the encoder, written under the name that it has in torchvision or timm; by default <see cref="Classifier"/>.
    /// </param>
    /// <param name="preprocessing">For ONNX: whether the graph includes the preprocessing.</param>
    /// <param name="names">
    /// Whose names the tensors get; not for ONNX. By default ours: torchvision's for ResNets and ConvNeXts, timm's for vision
    /// transformers, a custom encoder's own.
    /// </param>
    /// <param name="opset">For ONNX: the version of the operators, <see cref="OnnxOptions.Opset"/>.</param>
    /// <exception cref="ArgumentException">The extension is not in <see cref="Extensions"/>, or the classifier does not fit.</exception>
    /// <exception cref="InvalidDataException">
    /// A weight is not finite, the encoder cannot be written as ONNX, the named program has no such encoder, or a classifier was given for
    /// a script. An existing file is
    /// unchanged.
    /// </exception>
    /// <exception cref="IOException">The file is not writable.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public void Save(string path, EncoderClassifier? classifier = null, bool preprocessing = true, WeightNames? names = null,
        int opset = OnnxEncoder.Opset)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ObjectDisposedException.ThrowIf(disposed, this);
        string extension = ExtensionOf(path), recipe = OptionsText.ToYaml(Options);
        if (!Extensions.Contains(extension))
            throw new ArgumentException($"{path}: an encoder is saved as {string.Join(", ", Extensions)}.", nameof(path));
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using var scope = NewDisposeScope();
        bool given = classifier is not null;
        classifier ??= Classifier is { } fc ? new EncoderClassifier(fc.weight, fc.bias!, Classes) : null;
        var classes = classifier?.Classes ?? Classes;
        if (names is not null && Options.Encoder.HasOwnNames)
            throw new InvalidDataException($"{path}: the {Options.Encoder.Describe()} has its module's own names, not {names}'s.");
        (Tensor, Tensor)? layer = classifier is null ? null
            : (classifier.Weight.to(ScalarType.Float32), classifier.Bias.to(ScalarType.Float32));
        var state = Options.Encoder.HasOwnNames ? CustomWeights.Named(Model.Encoder.state_dict(), layer)
            : EncoderWeights.Named(Options.Encoder, Model.Encoder.state_dict(), layer, names, path);
        ModelState.RequireFinite(state, path);
        var metadata = new Dictionary<string, string> { [WeightsHeader.RecipeKey] = recipe };
        if (extension == ScriptExtension && Model.Encoder is IScriptExportable script)
        {
            if (given) throw new InvalidDataException(
                $"{path}: a script has no place for a classifier; write {SafetensorsExtension} or .pth.");
            script.WriteScript(path, metadata);
            return;
        }
        if (extension == OnnxExtension)
        {
            var encoder = Model.Encoder as IOnnxExportable ?? throw new InvalidDataException(Model.Encoder is IScriptExportable
                ? $"{path}: the {Options.Encoder.Describe()} cannot be written as ONNX here. Write it as {ScriptExtension}, load that " +
                    $"in Python (torch.jit.load) and use torch.onnx.export."
                : $"{path}: {Options.Encoder.Describe()} cannot be written as ONNX.");
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
        if (classes.Count > 0) metadata[WeightsHeader.ClassesKey] = JsonSerializer.Serialize(classes);
        if (Guesses.Count > 0) metadata[WeightsHeader.GuessesKey] = JsonSerializer.Serialize(Guesses);
        if (extension == SafetensorsExtension) Safetensors.Write(path, state, metadata);
        else PyTorchFile.Write(path, state, metadata);
    }

    /// <summary>Names for unnamed classes: 0, 1, 2 …</summary>
    internal static IReadOnlyList<string> Numbered(int classes) =>
        [.. Enumerable.Range(0, classes).Select(c => c.ToString(CultureInfo.InvariantCulture))];
}
