using System.Globalization;
using System.Text.Json;
using SimClr.Encoders;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Recipes;
using SimClr.RunFolders;
using SimClr.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.FineTuning;

/// <summary>
/// A trained classifier of <c>finetune</c> or <c>distill</c> (<c>classifier.safetensors</c>), with the preprocessing of its images.
/// </summary>
/// <param name="Source">The folder or file.</param>
/// <param name="Model">In eval mode; owned by this object.</param>
/// <param name="Options">
/// The options of the run that trained the encoder; for other weights only the architecture and the image size.
/// </param>
/// <param name="Classes">The names of the classes.</param>
public sealed record TrainedClassifier(
    string Source, ImageClassifier Model, PretrainOptions Options, IReadOnlyList<string> Classes) : IDisposable
{
    private const string FileName = "classifier.safetensors", EncoderPrefix = EncoderStages.EncoderPrefix;

    /// <summary>
    /// Loads a classifier from a folder or file. A network with a classifier from elsewhere (torchvision) is accepted too.
    /// </summary>
    /// <param name="path">The folder or file.</param>
    /// <param name="device">The device of the network; by default the CPU.</param>
    /// <param name="messages">Receives what was found; by default ignored.</param>
    /// <param name="trustScript">Allows the program of a TorchScript encoder to run; by default it is refused.</param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="InvalidDataException">There is no classifier, or the file is damaged.</exception>
    /// <exception cref="ConfigurationException">
    /// The encoder is a <see cref="CustomEncoder"/>: use <see cref="Load(string, CustomEncoder, Device?, IMessages?)"/>.
    /// </exception>
    public static TrainedClassifier Load(string path, Device? device = null, IMessages? messages = null, bool trustScript = false) =>
        Open(path, new(null, trustScript), device ?? CPU, messages ?? IMessages.None);

    /// <summary>Loads a classifier with a custom encoder.</summary>
    /// <param name="path">The folder or file.</param>
    /// <param name="encoder">Makes the module. Its name and channels must be those used in training.</param>
    /// <param name="device">The device of the network; by default the CPU.</param>
    /// <param name="messages">Receives what was found; by default ignored.</param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="InvalidDataException">
    /// There is no classifier, the file is damaged, or the module has tensors with other names or shapes.
    /// </exception>
    /// <exception cref="ConfigurationException">The classifier has another encoder, or the module cannot be made.</exception>
    public static TrainedClassifier Load(string path, CustomEncoder encoder, Device? device = null, IMessages? messages = null)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        return Open(path, new(encoder, TrustScript: false), device ?? CPU, messages ?? IMessages.None);
    }

    private static TrainedClassifier Open(string path, EncoderCode code, Device device, IMessages messages)
    {
        using var scope = NewDisposeScope();
        string file = Directory.Exists(path) ? Path.Combine(path, FileName) : path;
        if (Directory.Exists(path) && !File.Exists(file))
            throw new InvalidDataException($"{path} holds no {FileName}: simclr finetune --output and simclr distill --output write one.");
        if (File.Exists(file) && WeightsFile.ReadMetadata(file).TryGetValue(WeightsHeader.HeadLayersKey, out var layers))
            return Ours(path, file, layers, code, device);

        using var trained = TrainedEncoder.Open(file, code, device, messages);
        if (trained.Classifier is not { } fc)
            throw new InvalidDataException($"{file} has no classifier: fine-tune it first (simclr finetune).");
        int classes = (int)fc.weight.shape[0];
        var model = new ImageClassifier(trained.Options.Encoder, trained.Options.Head, 0, classes, trained.Options.ImageSize, seed: 0);
        model.StartFrom(trained.Model.Encoder.state_dict(), new Dictionary<string, Tensor>());
        ModelState.Load(model.Classifier, fc.state_dict());
        model.to(device);
        model.eval();
        return new TrainedClassifier(
            path, model, trained.Options, trained.Classes.Count > 0 ? trained.Classes : TrainedEncoder.Numbered(classes));
    }

    private static TrainedClassifier Ours(string path, string file, string layers, EncoderCode code, Device device)
    {
        var metadata = WeightsFile.ReadMetadata(file);
        if (!metadata.TryGetValue(WeightsHeader.RecipeKey, out var recipe)
            || !metadata.TryGetValue(WeightsHeader.ClassesKey, out var names))
            throw new InvalidDataException($"{file} has {WeightsHeader.HeadLayersKey} in its header, and no {WeightsHeader.RecipeKey} " +
                $"or no {WeightsHeader.ClassesKey}.");
        var options = RunCheckpoint.ReadOptions(recipe, file);
        options = options with { Encoder = code.AddTo(options.Encoder, file, "TrainedClassifier.Load(path, encoder)", path) };
        string[] classes = WeightsHeader.ReadList(names, file, "classes");
        var state = WeightsFile.Read(file);
        ModelState.RequireFinite(state, file);
        if (!options.Encoder.HasOwnNames)
            WeightsHeader.Require(options, EncoderWeights.Find(state, file), new Dictionary<string, Tensor>(), file);
        if (!int.TryParse(layers, NumberStyles.None, CultureInfo.InvariantCulture, out int headLayers)
            || headLayers >= Math.Max(1, options.Head.Layers) || classes.Length < 2)
            throw new InvalidDataException(
                $"{file}: no network has a classifier of {classes.Length} classes on layer {layers} of a head of {options.Head.Layers}.");
        var model = new ImageClassifier(options.Encoder, options.Head, headLayers, classes.Length, options.ImageSize, seed: 0);
        ModelState.LoadFrom($"The weights in {file} do not fit the {options.Encoder.Describe()}", model, options.Encoder.HasOwnNames ? state
            : state.ToDictionary(t => IsOfEncoder(t.Key) ? EncoderPrefix + t.Key : t.Key, t => t.Value));
        model.to(device);
        model.eval();
        return new TrainedClassifier(path, model, options, classes);
    }

    /// <summary>Refuses a folder that already has a classifier, which may have taken days.</summary>
    /// <param name="folder">The folder that a classifier is to be saved in.</param>
    /// <exception cref="InvalidDataException">The folder has one.</exception>
    public static void RequireNone(string folder)
    {
        if (File.Exists(Path.Combine(folder, FileName)))
            throw new InvalidDataException($"{folder} already holds a {FileName}. Choose another --output.");
    }

    /// <summary>Writes <c>classifier.safetensors</c> into a folder, atomically.</summary>
    /// <param name="folder">A missing one is created.</param>
    /// <param name="model">Encoder and classifier; borrowed.</param>
    /// <param name="options">The options of the encoder and of the images.</param>
    /// <param name="classes">The names of the classes, by label.</param>
    /// <returns>The path of the file.</returns>
    /// <exception cref="InvalidDataException">A weight is not finite. An existing file is unchanged.</exception>
    public static string Save(string folder, ImageClassifier model, PretrainOptions options, IReadOnlyList<string> classes)
    {
        string file = Path.Combine(folder, FileName);
        using var scope = NewDisposeScope();
        // A built-in encoder has the names that other programs know (simclr export gives its classifier theirs too), beside fc and head.
        // A custom encoder may use such names itself.
        var state = model.EncoderOptions.HasOwnNames ? model.state_dict()
            : model.state_dict().ToDictionary(
                t => t.Key.StartsWith(EncoderPrefix, StringComparison.Ordinal) ? t.Key[EncoderPrefix.Length..] : t.Key, t => t.Value);
        ModelState.RequireFinite(state, file);
        model.EncoderOptions.StoreBeside(folder);
        Safetensors.Write(file, state, new Dictionary<string, string>
        {
            [WeightsHeader.RecipeKey] = OptionsText.ToYaml(options with
            {
                Encoder = model.EncoderOptions,
                Preprocessing = options.Preprocessing with { ImageSize = model.ImageSize },
            }),
            [WeightsHeader.ClassesKey] = JsonSerializer.Serialize(classes),
            [WeightsHeader.HeadLayersKey] = model.HeadLayers.ToString(CultureInfo.InvariantCulture),
        });
        return file;
    }

    private static bool IsOfEncoder(string name) =>
        !name.StartsWith("head.", StringComparison.Ordinal) && !name.StartsWith("fc.", StringComparison.Ordinal);

    /// <summary>Frees the network.</summary>
    public void Dispose() => Model.Dispose();
}
