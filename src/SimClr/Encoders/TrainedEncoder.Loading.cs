using System.Globalization;
using SimClr.Checkpoints;
using SimClr.Images;
using SimClr.IO;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.RunFolders;
using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Encoders;

public sealed partial class TrainedEncoder
{
    private const string HeadPrefix = "head.";

    /// <summary>
    /// Loads an encoder from a run folder (its newest intact checkpoint), a folder of checkpoints or one of them, or a file: a checkpoint's
    /// <c>model.safetensors</c>, a file of <see cref="Save"/>, or a .safetensors, .pth or .pt file from elsewhere. Google's TensorFlow
    /// checkpoints of SimCLR are supported too.
    /// </summary>
    /// <param name="path">
    /// The folder or file. <c>FILE#NETWORK</c> chooses one of several networks in a file by the prefix of its names or a part of it:
    /// <c>dino.pth#teacher</c>.
    /// </param>
    /// <param name="device">The device of the networks; by default the CPU.</param>
    /// <param name="messages">
    /// Receives what was found, and for foreign weights what is guessed (<see cref="Guesses"/>); by default ignored.
    /// </param>
    /// <param name="trustScript">
    /// Allows the program of a TorchScript encoder (<see cref="ScriptOptions"/>) to run; by default it is refused, and nothing runs.
    /// </param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="InvalidDataException">There are no weights, they are damaged, or their network is unknown.</exception>
    /// <exception cref="FileNotFoundException">The path does not exist.</exception>
    /// <exception cref="ConfigurationException">
    /// The encoder is a <see cref="CustomEncoder"/>: use <see cref="Load(string, CustomEncoder, Device?, IMessages?)"/>. Or it is a script
    /// that is not trusted.
    /// </exception>
    public static TrainedEncoder Load(string path, Device? device = null, IMessages? messages = null, bool trustScript = false) =>
        Open(path, new(null, trustScript), device ?? CPU, messages ?? IMessages.None);

    /// <summary>
    /// Loads a custom encoder from a run folder, a folder of checkpoints or one of them, or a file of <see cref="Save"/>.
    /// </summary>
    /// <param name="path">The folder or file.</param>
    /// <param name="encoder">Makes the module. Its name and channels must be those used in training.</param>
    /// <param name="device">The device of the networks; by default the CPU.</param>
    /// <param name="messages">Receives what was found; by default ignored.</param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="InvalidDataException">
    /// There are no weights, they are damaged, or the module has tensors with other names or shapes.
    /// </exception>
    /// <exception cref="ConfigurationException">The weights are of another encoder, or the module cannot be made.</exception>
    /// <exception cref="FileNotFoundException">The path does not exist.</exception>
    public static TrainedEncoder Load(string path, CustomEncoder encoder, Device? device = null, IMessages? messages = null)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        return Open(path, new(encoder, TrustScript: false), device ?? CPU, messages ?? IMessages.None);
    }

    /// <summary>Loads an encoder, which may need code.</summary>
    internal static TrainedEncoder Open(string place, EncoderCode code, Device device, IMessages messages)
    {
        ArgumentException.ThrowIfNullOrEmpty(place, "path");
        using var scope = NewDisposeScope();
        var (path, network) = WeightsPath.Parse(place);
        if (Directory.Exists(path)) return OfFolder(path, code, device, messages);
        if (TensorFlowCheckpoint.IsAt(path)) return Googles(Known(path, code.Custom), device, messages);
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path} does not exist. " +
                $"--weights takes a run folder or a file of weights (.safetensors, .pth, .pt).");
        var metadata = WeightsFile.ReadMetadata(path);
        if (ScriptFile.IsAt(path) || metadata.ContainsKey(WeightsHeader.RecipeKey)) RequireWhole(path, network);
        if (ScriptFile.IsAt(path)) return OfScript(Known(path, code.Custom), metadata, code, device, messages);
        var classes = metadata.TryGetValue(WeightsHeader.ClassesKey, out var names) ? WeightsHeader.ReadList(names, path, "classes") : [];
        if (!metadata.TryGetValue(WeightsHeader.RecipeKey, out var recipe))
            return Foreign(Known(path, code.Custom), network, device, messages);
        string[] guesses = metadata.TryGetValue(WeightsHeader.GuessesKey, out var texts)
            ? WeightsHeader.ReadList(texts, path, "guesses") : [];
        if (guesses.Length > 0)
            messages.Note($"{path}: guessed, because the weights came from another program: {string.Join(", ", guesses)}.");
        return Ours(path, RunCheckpoint.ReadOptions(recipe, path), OnEncoder(path, metadata, messages),
            code, device, messages, path, classes, guesses);
    }

    private static void RequireWhole(string path, string? network)
    {
        if (network is not null) throw new InvalidDataException($"{path} holds one network: leave out #{Excerpt.Of(network)}.");
    }

    private static TrainedEncoder OfFolder(string path, EncoderCode code, Device device, IMessages messages)
    {
        var folder = new RunFolder(path);
        if (folder.Exists)
        {
            var newest = folder.Checkpoints().LoadNewest(messages.Warnings)
                ?? throw new InvalidDataException($"The run in {path} has no checkpoint yet. " +
                    $"Wait for the first one, or continue the run: simclr pretrain --output {path} --resume.");
            var encoder = Ours(
                $"{path}, step {newest.Step}", folder.ReadOptions(), RunCheckpoint.ModelOf(newest), code, device, messages, path);
            encoder.Run = folder;
            return encoder;
        }
        if (TensorFlowCheckpoint.IsAt(path)) return Googles(Known(path, code.Custom), device, messages);
        var checkpoint = File.Exists(Path.Combine(path, CheckpointManifest.FileName))
            ? CheckpointStore.Load(path) : new CheckpointStore(path, keepLast: 1).LoadNewest(messages.Warnings);
        if (checkpoint is null)
            throw new InvalidDataException($"{path} is not a run folder: it has no recipe.yaml and run.json. " +
                $"Name the --output of simclr pretrain, or a file of weights.");
        return Ours($"{path}, step {checkpoint.Step}", RunCheckpoint.OptionsOf(checkpoint, path),
            RunCheckpoint.ModelOf(checkpoint), code, device, messages, path);
    }

    /// <summary>Copies the current network of a training, with everything needed to use it.</summary>
    /// <param name="pretrainer">Borrowed; call between two of its steps.</param>
    /// <param name="device">The device of the copy; by default the CPU.</param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="ArgumentException">A weight is not finite: training diverged.</exception>
    public static TrainedEncoder From(Pretrainer pretrainer, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(pretrainer);
        using var scope = NewDisposeScope();
        return new TrainedEncoder($"step {pretrainer.Step}", pretrainer.Options, pretrainer.Model.Encoder.state_dict(),
            pretrainer.Model.Head.state_dict(), null, device ?? CPU);
    }

    private static TrainedEncoder Ours(
        string source, PretrainOptions options, IReadOnlyDictionary<string, Tensor> state, EncoderCode code, Device device,
        IMessages messages, string near, string[]? classes = null, IReadOnlyList<string>? guesses = null)
    {
        options = options with { Encoder = code.AddTo(options.Encoder, source, "TrainedEncoder.Load(path, encoder)", near) };
        if (options.Encoder.HasOwnNames) return WithOwnNames(source, options, state, device, classes ?? []);
        var found = EncoderWeights.Find(state, source);
        // A classifier may be called head too.
        var head = ModelState.Under(found.Ignored.ToDictionary(name => name, name => state[name]), HeadPrefix);
        WeightsHeader.Require(options, found, head, source);
        ModelState.RequireFinite(head.Select(t => KeyValuePair.Create(HeadPrefix + t.Key, t.Value)), source);
        if (options.ImageSize == 0) // a program did not complete its recipe
        {
            options = options.For(found.Preprocessing.ImageSize);
            guesses = [.. found.Guesses, $"images of {options.ImageSize} × {options.ImageSize} pixels"];
            messages.Note($"{source}: guessed, because its recipe does not say it: {string.Join(", ", guesses)}.");
        }
        if (classes is { Length: > 0 } && found.Classifier is { } layer && layer.Weight.shape[0] != classes.Length)
            throw new InvalidDataException($"{source} names {classes.Length} classes, and its classification layer has " +
                $"{layer.Weight.shape[0]}.");
        return new TrainedEncoder(source, options, found.Encoder, head, found.Classifier, device)
        {
            Classes = classes ?? [],
            Guesses = guesses ?? [],
        };
    }

    private static TrainedEncoder WithOwnNames(string source, PretrainOptions options,
        IReadOnlyDictionary<string, Tensor> state, Device device, IReadOnlyList<string> classes)
    {
        var found = CustomWeights.Find(state, options.Encoder, options.ImageSize);
        ModelState.RequireFinite(state, source);
        return new TrainedEncoder(source, options, found.Encoder, found.Head, found.Classifier, device) { Classes = classes };
    }

    // For files whose tensors determine the encoder.
    private static string Known(string path, CustomEncoder? custom) => custom is null ? path : throw new ConfigurationException(
        $"{path} does not say how images are prepared for the {custom.Describe()}. " +
            $"Load its tensors into a module with ModelState.Load(module, WeightsFile.Read(path)).");

    // A classifier on one of the head's layers is not a classifier on h, and these layers alone are not a head.
    private static IReadOnlyDictionary<string, Tensor> OnEncoder(
        string path, IReadOnlyDictionary<string, string> metadata, IMessages messages)
    {
        var state = WeightsFile.Read(path);
        if (metadata.GetValueOrDefault(WeightsHeader.HeadLayersKey, "0") == "0") return state;
        messages.Note($"{path}: its classifier needs a layer of the projection head. The encoder is loaded without the classifier.");
        return state.Where(t => !t.Key.StartsWith(HeadPrefix, StringComparison.Ordinal)
            && !t.Key.StartsWith("fc.", StringComparison.Ordinal)).ToDictionary();
    }

    private static TrainedEncoder Foreign(string path, string? network, Device device, IMessages messages)
    {
        var unread = new Dictionary<string, string>();
        var found = EncoderWeights.Find(WeightsFile.Read(path, unread), path, unread, network);
        int size = found.Preprocessing.ImageSize;
        bool colours = found.Options.Channels == 3;
        var options = new PretrainOptions
        {
            Preprocessing = colours ? found.Preprocessing : found.Preprocessing with { Mean = [], StandardDeviation = [] },
            Encoder = found.Options,
        }.For(size);
        string prefix = found.Prefix.Length > 0 ? $", its names without '{Excerpt.Of(found.Prefix)}'" : "";
        string ignored = found.Ignored.Count > 0 ? $", {found.Ignored.Count} other tensors ignored ({Excerpt.Of(found.Ignored[0])} …)" : "";
        string objects = unread.Count > 0 ? $", {unread.Count} objects ignored that are " +
            $"not tensors of a known type ({Excerpt.Of(unread.First().Key)} {unread.First().Value} …)" : "";
        messages.Note($"{path}: " +
            $"{found.Options.Describe()}{(found.Classifier is null ? "" : " with a classifier")}{prefix}{ignored}{objects}");
        messages.Note($"{path}: guessed, because names and shapes do not show it: {string.Join(", ", found.Guesses)}.");
        string normalisation = colours ? string.Create(CultureInfo.InvariantCulture, $"mean " +
            $"{string.Join(", ", found.Preprocessing.Mean)}, " +
            $"deviation {string.Join(", ", found.Preprocessing.StandardDeviation)}") : "not normalised";
        string resized = found.Preprocessing.Interpolation == Interpolation.Bilinear ? "" : ", bicubic";
        messages.Note($"{path} does not say how its images were prepared: {(colours
            ? $"assuming {(found.Preprocessing.Mean.SequenceEqual(Preprocessing.ImageNet.Mean) ? "ImageNet's" : "the usual")} " +
                $"preparation, {size} × {size} pixels{resized}, {normalisation}"
            : $"{size} × {size} pixels of {found.Options.Channels} channels are taken{resized}, {normalisation}")}" +
            $"{(colours && found.OtherPreprocessing is { } other ? $"; {other}" : "")}.");
        return new TrainedEncoder(network is null ? path : $"{path}#{network}", options, found.Encoder, null, found.Classifier, device)
        {
            IsForeign = true,
            Guesses = [.. found.Guesses, $"images of {size} × {size} pixels{resized}", $"pixels in [0, 1], {normalisation}"],
        };
    }

    // The images are those of Google's evaluation (data_util.py).
    private static TrainedEncoder Googles(string path, Device device, IMessages messages)
    {
        using var weights = GoogleWeights.Read(path);
        int size = weights.ImageSize;
        var options = new PretrainOptions
        {
            Preprocessing = new() { ImageSize = size, Interpolation = Interpolation.Bicubic },
            Encoder = weights.EncoderOptions,
            Head = weights.HeadOptions ?? new(),
        }.For(size);
        messages.Note($"{path}: Google's SimCLR, {options.Encoder.DescribeFully()}, " +
            $"{(weights.Head is null ? "no head" : $"a head of {options.Head.Layers} layers")}; " +
            $"images {size} × {size}, bicubic, in [0, 1].");
        if (weights.Ignored.Count > 0) messages.Note($"{path}: {weights.Ignored.Count} other variables ignored ({weights.Ignored[0]} …).");
        if (weights.Classifier is not null && weights.Head is not null)
            messages.Note($"{path}: assuming that its classifier takes h. " +
                $"In SimCLR v2's models fine-tuned with 1 % or 10 % of the labels it takes the head's first layer instead.");
        return new TrainedEncoder(path, options, weights.Encoder, weights.Head,
            weights.Classifier is { } fc ? (fc["fc.weight"], fc["fc.bias"]) : null, device);
    }
}
