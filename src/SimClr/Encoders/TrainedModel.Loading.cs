using System.Globalization;
using System.Text.Json;
using SimClr.Images;
using SimClr.IO;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.RunFolders;
using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Encoders;

public sealed partial class TrainedModel
{
    private const string HeadPrefix = "head.";

    /// <summary>
    /// Reads the newest whole checkpoint of a run folder, or a file: a checkpoint's <c>model.safetensors</c>, an exported one,
    /// or somebody else's .safetensors, .pth or .pt; or what Google published for SimCLR, a TensorFlow checkpoint.
    /// </summary>
    /// <exception cref="InvalidDataException">There are no weights, they are damaged, or they are of no network that is known here.</exception>
    public static TrainedModel Load(string path, Device device, IMessages messages)
    {
        using var scope = NewDisposeScope();
        if (Directory.Exists(path))
        {
            var folder = new RunFolder(path);
            if (!folder.Exists && TensorFlowCheckpoint.IsAt(path)) return Googles(path, device, messages);
            if (!folder.Exists) throw new InvalidDataException($"{path} is no run folder: it has no recipe.yaml and run.json; name what pretrain's --output named, or a file of weights.");
            var checkpoint = folder.Checkpoints().LoadNewest(messages.Warnings)
                ?? throw new InvalidDataException($"The run in {path} has no checkpoint yet: wait for its first, or go on with it (pretrain --output {path} --resume).");
            return Ours($"{path}, step {checkpoint.Step}", folder.ReadOptions(), RunCheckpoint.ModelOf(checkpoint), device);
        }
        if (TensorFlowCheckpoint.IsAt(path)) return Googles(path, device, messages);
        if (!File.Exists(path)) throw new FileNotFoundException($"{path} does not exist; --weights takes a run folder or a file of weights (.safetensors, .pth, .pt).");
        var metadata = WeightsFile.ReadMetadata(path);
        var classes = metadata.TryGetValue(WeightsHeader.ClassesKey, out var names) ? ReadClasses(names, path) : [];
        return metadata.TryGetValue(WeightsHeader.RecipeKey, out var recipe)
            ? Ours(path, WeightsHeader.OptionsIn(recipe, path), OnEncoder(path, metadata, messages), device, classes)
            : Foreign(path, device, messages);
    }

    private static TrainedModel Ours(string source, PretrainOptions options, IReadOnlyDictionary<string, Tensor> state, Device device, IReadOnlyList<string>? classes = null)
    {
        var head = ModelState.Under(state, HeadPrefix);
        var found = EncoderWeights.Find(state, source);
        WeightsHeader.Require(options, found, head, source);
        ModelState.RequireFinite(state.Where(t => t.Key.StartsWith(HeadPrefix, StringComparison.Ordinal)), source);
        return new TrainedModel(source, options, found.Encoder, head, found.Classifier, device) { Classes = classes ?? [] };
    }

    // A classifier on one of the head's layers is none on h, and those layers alone are no head.
    private static IReadOnlyDictionary<string, Tensor> OnEncoder(string path, IReadOnlyDictionary<string, string> metadata, IMessages messages)
    {
        var state = WeightsFile.Read(path);
        if (metadata.GetValueOrDefault(WeightsHeader.HeadLayersKey, "0") == "0") return state;
        messages.Note($"{path}: its classifier stands on a layer of the projection head; here the encoder is taken without it.");
        return state.Where(t => !t.Key.StartsWith(HeadPrefix, StringComparison.Ordinal) && !t.Key.StartsWith("fc.", StringComparison.Ordinal)).ToDictionary();
    }

    private static TrainedModel Foreign(string path, Device device, IMessages messages)
    {
        var unread = new Dictionary<string, string>();
        var found = EncoderWeights.Find(WeightsFile.Read(path, unread), path, unread);
        int size = found.Options.Stem == Stem.Imagenet ? 224 : 32;
        bool colours = found.Options.Channels == 3;
        var options = new PretrainOptions
        {
            Preprocessing = (colours ? Preprocessing.ImageNet : new()) with { ImageSize = size },
            Encoder = found.Options,
        }.For(size);
        string prefix = found.Prefix.Length > 0 ? $", its names without '{TextFile.Excerpt(found.Prefix)}'" : "";
        string ignored = found.Ignored.Count > 0 ? $", {found.Ignored.Count} tensors of something else left out ({TextFile.Excerpt(found.Ignored[0])} …)" : "";
        string objects = unread.Count > 0 ? $", {unread.Count} objects that are no tensors of a known type left out ({TextFile.Excerpt(unread.First().Key)} {unread.First().Value} …)" : "";
        messages.Note(string.Create(CultureInfo.InvariantCulture, $"{path}: {found.Options.Arch} × {found.Options.Width}{(found.Classifier is null ? "" : " with a classifier")}{prefix}{ignored}{objects}"));
        messages.Note($"{path}: guessed, as names and shapes do not tell it: {found.Guessed}.");
        messages.Note(string.Create(CultureInfo.InvariantCulture, $"{path} does not say how its images were prepared: {(colours
            ? $"ImageNet's way is taken, {size} × {size} pixels, mean {string.Join(", ", Preprocessing.ImageNet.Mean)}, deviation {string.Join(", ", Preprocessing.ImageNet.StandardDeviation)}"
            : $"{size} × {size} pixels of {found.Options.Channels} channels are taken, not normalised")}."));
        return new TrainedModel(path, options, found.Encoder, null, found.Classifier, device) { IsForeign = true };
    }

    // Images as in Google's evaluation (data_util.py).
    private static TrainedModel Googles(string path, Device device, IMessages messages)
    {
        using var weights = GoogleWeights.Read(path);
        int size = weights.EncoderOptions.Stem == Stem.Imagenet ? 224 : 32;
        var options = new PretrainOptions
        {
            Preprocessing = new() { ImageSize = size, Interpolation = Interpolation.Bicubic },
            Encoder = weights.EncoderOptions,
            Head = weights.HeadOptions ?? new(),
        }.For(size);
        messages.Note(string.Create(CultureInfo.InvariantCulture,
            $"{path}: Google's SimCLR, {options.Encoder.Arch} × {options.Encoder.Width}{(options.Encoder.SelectiveKernels ? " with selective kernels" : "")}, {(weights.Head is null ? "no head" : $"a head of {options.Head.Layers} layers")}; images {size} × {size}, bicubic, in [0, 1]."));
        if (weights.LeftOut.Count > 0) messages.Note($"{path}: {weights.LeftOut.Count} variables of something else left out ({weights.LeftOut[0]} …).");
        if (weights.Classifier is not null && weights.Head is not null)
            messages.Note($"{path}: its classifier is taken for one on h; in SimCLR v2's models that were fine-tuned with 1 % or 10 % of the labels it stands on the head's first layer instead.");
        return new TrainedModel(path, options, weights.Encoder, weights.Head, weights.Classifier is { } fc ? (fc["fc.weight"], fc["fc.bias"]) : null, device);
    }

    internal static string[] ReadClasses(string json, string path)
    {
        try
        {
            var classes = JsonSerializer.Deserialize<string[]>(json) ?? [];
            return classes.Contains(null) ? throw new JsonException("one of them is null") : classes;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: its list of classes is no JSON array of texts: {e.Message}", e);
        }
    }
}
