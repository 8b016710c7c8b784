using System.Globalization;
using System.Text.RegularExpressions;

namespace SimClr.Models;

/// <summary>The names of a ResNet's tensors in other programs.</summary>
internal static partial class ResNetNames
{
    private const string FirstBlockOfSequence = ".0.conv1.weight";

    /// <summary>torchvision's and timm's names, which are ours. Lightly's, SupContrast's and others' differ in the shortcut.</summary>
    public static NameDialect Torchvision { get; } =
        new("torchvision", "layer1.0.conv1.weight", new NameMap(Of("conv1", "bn1", stage => $"layer{stage}")), Layers(), "fc");

    /// <summary>Names of Hugging Face's transformers.</summary>
    public static NameDialect Transformers { get; } = new("transformers", "embedder.embedder.convolution.weight", new NameMap(
        [
            .. Layer("embedder.embedder", "conv1", "bn1"),
            .. Enumerable.Range(1, 4).SelectMany(stage => (IEnumerable<(string, string)>)
            [
                .. Layer($"encoder.stages.{stage - 1}.layers.#.shortcut", $"layer{stage}.#.downsample.0", $"layer{stage}.#.downsample.1"),
                .. Enumerable.Range(1, 3).SelectMany(k => Layer(
                    $"encoder.stages.{stage - 1}.layers.#.layer.{k - 1}", $"layer{stage}.#.conv{k}", $"layer{stage}.#.bn{k}")),
            ]),
        ]), LayersOfTransformers(), "../classifier.1");

    /// <summary>
    /// Every <c>nn.Sequential(*resnet.children())</c>: its children conv1, bn1, (relu, maxpool,) layer1 … have numbers for names. It is
    /// recognised by the first block of each of four stages with consecutive numbers.
    /// </summary>
    public static IEnumerable<NamedNetwork> Sequences(IReadOnlySet<string> names)
    {
        var stages = new List<(string Prefix, int Stage)>();
        foreach (string name in names.Where(n => n.EndsWith(FirstBlockOfSequence, StringComparison.Ordinal)))
        {
            int end = name.Length - FirstBlockOfSequence.Length, start = name[..end].LastIndexOf('.') + 1;
            if (int.TryParse(name.AsSpan(start, end - start), NumberStyles.None, CultureInfo.InvariantCulture, out int stage))
                stages.Add((name[..start], stage));
        }
        foreach (var group in stages.GroupBy(s => s.Prefix, s => s.Stage))
        {
            if (group.Order().ToList() is [var first and >= 2, _, _, var fourth] && fourth == first + 3
                && names.Contains($"{group.Key}0.weight"))
                yield return new NamedNetwork(group.Key, Sequence(first));
        }
    }

    private static NameDialect Sequence(int first) => new("nn.Sequential", "0.weight", new NameMap(Of("0", "1",
        stage => string.Create(CultureInfo.InvariantCulture, $"{first + stage - 1}"))), Layers(), "fc")
    { LastChild = first + 3 };

    private static IEnumerable<(string Theirs, string Ours)> Of(string convolution, string norm, Func<int, string> nameOf) =>
    [
        (convolution, "conv1"), (norm, "bn1"),
        .. NameMap.Same("conv1.0", "conv1.1", "conv1.3", "conv1.4", "conv1.6"), // ResNet-D's stem
        .. Enumerable.Range(1, 4).SelectMany(stage => Parts().Select(
            part => ($"{nameOf(stage)}.#.{part.Theirs}", $"layer{stage}.#.{part.Ours}"))),
    ];

    private static IEnumerable<(string Theirs, string Ours)> Parts() =>
    [
        .. NameMap.Same("conv1", "bn1", "conv2", "bn2", "conv3", "bn3", "select.reduce", "select.norm", "select.expand"),
        .. ((string[])["downsample", "shortcut", "identity_downsample", "skip"]).SelectMany(shortcut => (IEnumerable<(string, string)>)
        [
            .. ((string[])["0", "conv"]).Select(part => ($"{shortcut}.{part}", "downsample.0")),
            .. ((string[])["1", "bn", "norm"]).Select(part => ($"{shortcut}.{part}", "downsample.1")),
        ]),
    ];

    private static IEnumerable<(string, string)> Layer(string theirs, string convolution, string norm) =>
        [($"{theirs}.convolution", convolution), ($"{theirs}.normalization", norm)];

    // The stem, a stage, or a layer beside them that is not a head by its name.
    [GeneratedRegex(@"^((conv|bn|norm|gn|layer|stage|block|stem|se|gem|act|relu|prelu|attn\w*|\w*pool)\d*|\d+)(\.|$)")]
    private static partial Regex Layers();

    [GeneratedRegex(@"^(embedder|encoder)\.")]
    private static partial Regex LayersOfTransformers();
}
