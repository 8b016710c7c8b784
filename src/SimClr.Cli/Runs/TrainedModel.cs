using System.Globalization;
using System.Text.Json;
using SimClr.Cli.Configuration;
using SimClr.Cli.Output;
using SimClr.Interchange;
using SimClr.Models;
using SimClr.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Cli.Runs;

/// <summary>A trained network, from a run or from a file of ours or of somebody else's, and how its images are prepared.</summary>
internal sealed class TrainedModel : IDisposable
{
    /// <summary>The name under which an exported file carries the names of its classifier's classes, a JSON array.</summary>
    public const string ClassesKey = "classes";

    private const string HeadPrefix = "head.";

    // ImageNet's, which torchvision's weights were trained with.
    private static readonly double[] ImageNetMean = [0.485, 0.456, 0.406], ImageNetDeviation = [0.229, 0.224, 0.225];

    private TrainedModel(string source, PretrainOptions options, EncoderWeights weights, IReadOnlyDictionary<string, Tensor> head, Device device)
    {
        (Source, HasHead) = (source, head.Count > 0);
        Options = HasHead ? options : options with { Head = options.Head with { Layers = 0 } };
        Model = Build(Options);
        ModelState.Load(Model.Encoder, weights.Encoder);
        ModelState.Load(Model.Head, head);
        Model.to(device);
        Model.eval();
        Untrained = Build(Options).Encoder;
        Untrained.to(device);
        Untrained.eval();
        if (weights.Classifier is not { } fc) return;
        Classifier = nn.Linear(fc.Weight.shape[1], fc.Weight.shape[0]);
        ModelState.Load(Classifier, new Dictionary<string, Tensor> { ["weight"] = fc.Weight, ["bias"] = fc.Bias });
        Classifier.to(device);
    }

    /// <summary>The run and step, or the file, that the weights came from.</summary>
    public string Source { get; }

    /// <summary>The run's, or for weights that do not say how they were trained what is usual for such.</summary>
    public PretrainOptions Options { get; private init; }

    /// <summary>In eval mode. Without a head (<see cref="HasHead"/>) its z is h.</summary>
    public SimClrModel Model { get; }

    /// <summary>Whether the weights have a projection head.</summary>
    public bool HasHead { get; }

    /// <summary>Whether the weights said nothing of how they were trained.</summary>
    public bool IsForeign { get; private init; }

    /// <summary>A classification layer h (N, D) → logits (N, C), where the weights have one.</summary>
    public TorchSharp.Modules.Linear? Classifier { get; }

    /// <summary>The names of its classes; empty where they are not known.</summary>
    public IReadOnlyList<string> Classes { get; private init; } = [];

    /// <summary>The encoder as it was before its first step, in eval mode.</summary>
    public ResNet Untrained { get; }

    /// <summary>Reads the newest whole checkpoint of a run folder, or a file: a checkpoint's <c>model.safetensors</c>, an exported one, or somebody else's .safetensors, .pth or .pt.</summary>
    /// <exception cref="InvalidDataException">There are no weights, they are damaged, or they are of no network that is known here.</exception>
    public static TrainedModel Load(string path, Device device, Terminal terminal)
    {
        using var scope = NewDisposeScope();
        if (Directory.Exists(path))
        {
            var folder = new RunFolder(path);
            if (!folder.Exists) throw new InvalidDataException($"{path} is no run folder: it has no recipe.yaml and run.json.");
            var checkpoint = folder.Checkpoints().LoadNewest(terminal.Warnings)
                ?? throw new InvalidDataException($"The run in {path} has no checkpoint yet.");
            return Ours($"{path}, step {checkpoint.Step}", folder.ReadOptions(), SavedRun.ModelOf(checkpoint), device);
        }
        if (!File.Exists(path)) throw new FileNotFoundException($"{path} does not exist; --weights takes a run folder or a file of weights (.safetensors, .pth, .pt).");
        var metadata = WeightsFile.ReadMetadata(path);
        var classes = metadata.TryGetValue(ClassesKey, out var names) ? ReadClasses(names, path) : [];
        return metadata.TryGetValue(SavedRun.RecipeKey, out var recipe)
            ? Ours(path, OptionsBinder.Bind<PretrainOptions>(Recipe.Parse(recipe, path), []), WeightsFile.Read(path), device, classes)
            : Foreign(path, WeightsFile.Read(path), device, terminal);
    }

    /// <summary>What of these weights another run must have too to start from them: the network, and how images are prepared for it.</summary>
    public IReadOnlyList<Setting> ToSettings() =>
        [.. Recipe.Parse(OptionsText.ToYaml(Options), Source).Where(s => s.Key.StartsWith("encoder.", StringComparison.Ordinal)
            || s.Key is "views.mean" or "views.standard-deviation" || (!IsForeign && s.Key == "image-size"))];

    private static TrainedModel Ours(string source, PretrainOptions options, IReadOnlyDictionary<string, Tensor> state, Device device, IReadOnlyList<string>? classes = null)
    {
        var head = state.Where(t => t.Key.StartsWith(HeadPrefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[HeadPrefix.Length..], t => t.Value);
        return new TrainedModel(source, options, EncoderWeights.Find(state, source), head, device) { Classes = classes ?? [] };
    }

    private static TrainedModel Foreign(string path, IReadOnlyDictionary<string, Tensor> state, Device device, Terminal terminal)
    {
        var found = EncoderWeights.Find(state, path);
        int size = found.Options.Stem == Stem.Imagenet ? 224 : 32;
        var options = new PretrainOptions
        {
            ImageSize = size,
            Encoder = found.Options,
            Views = new() { Mean = ImageNetMean, StandardDeviation = ImageNetDeviation },
        }.For(size);
        string prefix = found.Prefix.Length > 0 ? $", its names without '{found.Prefix}'" : "";
        string ignored = found.Ignored.Count > 0 ? $", {found.Ignored.Count} tensors of something else left out ({found.Ignored[0]} …)" : "";
        terminal.Note(string.Create(CultureInfo.InvariantCulture, $"{path}: {found.Options.Arch} × {found.Options.Width}{(found.Classifier is null ? "" : " with a classifier")}{prefix}{ignored}"));
        terminal.Note(string.Create(CultureInfo.InvariantCulture,
            $"{path} does not say how its images were prepared: ImageNet's way is taken, {size} × {size} pixels, mean {string.Join(", ", ImageNetMean)}, deviation {string.Join(", ", ImageNetDeviation)}."));
        return new TrainedModel(path, options, found, new Dictionary<string, Tensor>(), device) { IsForeign = true };
    }

    private static string[] ReadClasses(string json, string path)
    {
        try
        {
            return JsonSerializer.Deserialize<string[]>(json) ?? [];
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: its list of classes is no JSON array of texts: {e.Message}", e);
        }
    }

    private static SimClrModel Build(PretrainOptions options) => new(options.Encoder, options.Head, options.ImageSize, options.Seed);

    public void Dispose()
    {
        Model.Dispose();
        Untrained.Dispose();
        Classifier?.Dispose();
    }
}
