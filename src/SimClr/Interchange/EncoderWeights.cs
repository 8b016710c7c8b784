using System.Text.RegularExpressions;
using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Interchange;

/// <summary>A ResNet's weights found among the tensors of somebody's checkpoint, under torchvision's names.</summary>
/// <remarks>Only read once it is made: safe to share between threads.</remarks>
public sealed partial record EncoderWeights
{
    private const string FirstBlock = "layer1.0.conv1.weight";

    // Parts of names that say only where in a program the encoder hung.
    private static readonly HashSet<string> Wrappers =
        ["state_dict", "model_state_dict", "model", "module", "backbone", "encoder", "net", "network", "resnet", "convnet", "trunk", "feature_extractor", "features", "encoder_q", "online_encoder", "f", "_orig_mod"];

    private EncoderWeights(EncoderOptions options, IReadOnlyDictionary<string, Tensor> encoder) => (Options, Encoder) = (options, encoder);

    /// <summary>What network the names and shapes are of. A 3×3 stem is taken for one of stride 1: shapes do not tell.</summary>
    public EncoderOptions Options { get; }

    /// <summary>By torchvision's names, without <c>fc</c>; borrowed from the checkpoint.</summary>
    public IReadOnlyDictionary<string, Tensor> Encoder { get; }

    /// <summary>The classification layer <c>fc</c> on top of the encoder, weight (C, D) and bias (C); null where there is none.</summary>
    public (Tensor Weight, Tensor Bias)? Classifier { get; private init; }

    /// <summary>What stood before every name, for example <c>state_dict.module.backbone.</c>; empty for nothing.</summary>
    public string Prefix { get; private init; } = "";

    /// <summary>Names that belong to no encoder (projection heads, optimisers), in order.</summary>
    public IReadOnlyList<string> Ignored { get; private init; } = [];

    /// <summary>Finds the one encoder in a state.</summary>
    /// <param name="state">Tensors by name, as <see cref="WeightsFile.Read"/> gives them; borrowed.</param>
    /// <param name="source">What errors call it.</param>
    /// <exception cref="InvalidDataException">There is no ResNet, there are several, its shapes are those of no ResNet here, or a value is not finite (named).</exception>
    public static EncoderWeights Find(IReadOnlyDictionary<string, Tensor> state, string source)
    {
        ArgumentNullException.ThrowIfNull(state);
        var named = Numbered(state) ?? state;
        string prefix = PrefixIn([.. named.Keys], source);
        var own = ModelState.Under(named, prefix);
        var encoder = own.Where(t => EncoderName().IsMatch(t.Key)).ToDictionary();
        var options = OptionsOf(encoder, source);
        AddBatchCounts(encoder);

        bool classifies = own.TryGetValue("fc.weight", out var weight) && own.TryGetValue("fc.bias", out var bias) && bias.dim() == 1
            && weight.dim() == 2 && weight.shape[0] == bias.shape[0] && weight.shape[1] == encoder[LastNorm(encoder)].shape[0];
        ModelState.RequireFinite(own.Where(t => encoder.ContainsKey(t.Key) || (classifies && t.Key is "fc.weight" or "fc.bias")).Select(t => KeyValuePair.Create(prefix + t.Key, t.Value)), source);
        return new EncoderWeights(options, encoder)
        {
            Prefix = prefix,
            Classifier = classifies ? (own["fc.weight"], own["fc.bias"]) : null,
            Ignored = [.. named.Keys.Where(k => !(k.StartsWith(prefix, StringComparison.Ordinal) && (encoder.ContainsKey(k[prefix.Length..]) || classifies && k[prefix.Length..] is "fc.weight" or "fc.bias")))],
        };
    }

    [GeneratedRegex(@"^(conv1\.(\d\.)?\w+|bn1\.\w+|layer[1-4]\.\d+\.(conv\d\.weight|bn\d\.\w+|select\.\w+\.\w+|downsample\.[01]\.\w+))$")]
    private static partial Regex EncoderName();

    [GeneratedRegex(@"^(?<prefix>.*?)(?<stage>\d+)\.0\.conv1\.weight$")]
    private static partial Regex FirstBlockOfSequence();

    private static string PrefixIn(List<string> names, string source)
    {
        var prefixes = names.Where(n => n == FirstBlock || n.EndsWith("." + FirstBlock, StringComparison.Ordinal)).Select(n => n[..^FirstBlock.Length]).ToList();
        if (prefixes.Count == 0) throw new InvalidDataException($"{source} holds no ResNet: among its {names.Count} tensors none is called …{FirstBlock} (the first is {names[0]}).");
        if (prefixes.Count == 1) return prefixes[0];
        // An averaged copy, a teacher: the encoder itself is the one that hangs in nothing else.
        var plain = prefixes.Where(p => p.Split('.', StringSplitOptions.RemoveEmptyEntries).All(Wrappers.Contains)).ToList();
        return plain.Count == 1 ? plain[0] : throw new InvalidDataException($"{source} holds several ResNets, under {string.Join(", ", prefixes.Select(p => $"'{p}'"))}; save the one that is meant alone.");
    }

    // nn.Sequential(*resnet.children()): conv1, bn1, (relu, maxpool,) and the stages have numbers for names.
    private static Dictionary<string, Tensor>? Numbered(IReadOnlyDictionary<string, Tensor> state)
    {
        var stages = state.Keys.Select(k => FirstBlockOfSequence().Match(k)).Where(m => m.Success)
            .Select(m => (Prefix: m.Groups["prefix"].Value, Stage: int.Parse(m.Groups["stage"].ValueSpan, System.Globalization.CultureInfo.InvariantCulture)))
            .GroupBy(m => m.Prefix, m => m.Stage).FirstOrDefault(g => g.Order().ToList() is [var first, _, _, var fourth] && fourth == first + 3 && !g.Key.EndsWith("layer", StringComparison.Ordinal));
        if (stages is null || !state.ContainsKey($"{stages.Key}0.weight")) return null;
        var names = new Dictionary<string, string> { ["0"] = "conv1", ["1"] = "bn1" };
        foreach (var (i, stage) in stages.Order().Index()) names[$"{stage}"] = $"layer{i + 1}";
        return state.ToDictionary(
            t =>
            {
                if (!t.Key.StartsWith(stages.Key, StringComparison.Ordinal)) return t.Key;
                var parts = t.Key[stages.Key.Length..].Split('.', 2);
                return parts.Length == 2 && names.TryGetValue(parts[0], out var name) ? $"{stages.Key}{name}.{parts[1]}" : t.Key;
            },
            t => t.Value);
    }

    private static EncoderOptions OptionsOf(Dictionary<string, Tensor> encoder, string source)
    {
        bool basic = !encoder.ContainsKey("layer1.0.conv3.weight");
        int[] blocks = [.. Enumerable.Range(1, 4).Select(stage => encoder.Keys.Count(k => k.StartsWith($"layer{stage}.", StringComparison.Ordinal) && k.EndsWith(".conv1.weight", StringComparison.Ordinal)))];
        var arch = Enum.GetValues<ResNetDepth>().Where(d => ResNet.BlocksOf(d) is var (b, counts) && b == basic && counts.SequenceEqual(blocks)).ToList();
        if (arch.Count == 0)
            throw new InvalidDataException($"{source} holds a ResNet of {string.Join('-', blocks)} {(basic ? "basic" : "bottleneck")} blocks; known are 18, 34, 50, 101 and 152.");
        bool selective = encoder.ContainsKey("layer1.0.select.reduce.weight"), deep = selective && encoder.ContainsKey("conv1.6.weight");
        if (deep)
            return new EncoderOptions { Channels = (int)encoder["conv1.0.weight"].shape[1], Arch = arch[0], Width = encoder["conv1.6.weight"].shape[0] / 64.0, Stem = Stem.Imagenet, SelectiveKernels = true };
        if (!encoder.TryGetValue("conv1.weight", out var stem) || stem.shape is not [var channels, var inputs, var kernel, _] || kernel is not (3 or 7))
            throw new InvalidDataException($"{source}: conv1.weight is {(stem is null ? "missing" : $"({string.Join(", ", stem.shape)})")}; a ResNet here has (64·width, C, 7, 7) or (64·width, C, 3, 3).");
        return new EncoderOptions
        {
            Channels = (int)inputs,
            Arch = arch[0],
            Width = channels / 64.0,
            Stem = kernel == 7 ? Stem.Imagenet : Stem.Small,
            SelectiveKernels = selective,
            Layout = basic && encoder.ContainsKey("layer1.0.downsample.0.weight") ? ResNetLayout.Google : ResNetLayout.Torchvision,
        };
    }

    // Files from before PyTorch 0.4.1 have no such counters; nothing here depends on them.
    private static void AddBatchCounts(Dictionary<string, Tensor> encoder)
    {
        foreach (string norm in encoder.Keys.Where(k => k.EndsWith(".running_mean", StringComparison.Ordinal)).ToList())
            encoder.TryAdd(norm.Replace("running_mean", "num_batches_tracked", StringComparison.Ordinal), zeros([], ScalarType.Int64));
    }

    private static string LastNorm(Dictionary<string, Tensor> encoder) =>
        encoder.Keys.Where(k => k.StartsWith("layer4.0.bn", StringComparison.Ordinal) && k.EndsWith(".weight", StringComparison.Ordinal)).Max(StringComparer.Ordinal)!;
}
