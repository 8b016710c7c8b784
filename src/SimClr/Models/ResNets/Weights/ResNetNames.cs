using System.Globalization;
using System.Text.RegularExpressions;
using SimClr.IO;

namespace SimClr.Models;

/// <summary>Finds the names of the one ResNet in a checkpoint, and maps them to torchvision's names.</summary>
internal sealed partial class ResNetNames
{
    private const string FirstBlock = "layer1.0.conv1.weight", FirstBlockOfSequence = ".0.conv1.weight";

    // Parts of names that only say where in a program the encoder was.
    private static readonly HashSet<string> Wrappers =
        ["state_dict", "model_state_dict", "model", "module", "backbone", "encoder", "net", "network", "resnet", "convnet", "trunk",
            "feature_extractor", "features", "encoder_q", "online_encoder", "f", "_orig_mod"];

    // For nn.Sequential(*resnet.children()): its children conv1, bn1, (relu, maxpool,) layer1 … have numbers for names. This is the first
    // stage's number.
    private readonly int? firstStage;

    private ResNetNames(string prefix, int? firstStage) => (Prefix, this.firstStage) = (prefix, firstStage);

    /// <summary>The prefix of all names of the encoder.</summary>
    public string Prefix { get; }

    /// <summary>Finds the one encoder.</summary>
    /// <param name="names">All names.</param>
    /// <param name="source">The name of the checkpoint in error messages.</param>
    /// <exception cref="InvalidDataException">There is no encoder, or there are several.</exception>
    public static ResNetNames Find(IReadOnlySet<string> names, string source)
    {
        var found = names.Where(n => n == FirstBlock || n.EndsWith("." + FirstBlock, StringComparison.Ordinal))
            .Select(n => new ResNetNames(n[..^FirstBlock.Length], null)).Concat(Sequences(names)).ToList();
        if (found.Count == 0)
            throw new InvalidDataException($"{source} holds no ResNet: among its {names.Count} tensors none is called …{FirstBlock} " +
                $"(the first is {Excerpt.Of(names.FirstOrDefault() ?? "none")}).");
        if (found.Count == 1) return found[0];
        // Averaged copies and teachers have further prefixes; the encoder itself has none.
        var plain = found.Where(e => e.Prefix.Split('.', StringSplitOptions.RemoveEmptyEntries).All(Wrappers.Contains)).ToList();
        return plain.Count == 1 ? plain[0] : throw new InvalidDataException(
            $"{source} holds several ResNets, under {string.Join(", ", found.Take(5).Select(e => $"'{Excerpt.Of(e.Prefix)}'"))}" +
            $"{(found.Count > 5 ? " …" : "")}; save the one that is meant alone.");
    }

    /// <summary>torchvision's name for the part after the prefix; null for a name outside the encoder.</summary>
    public string? Below(string name)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        string own = name[Prefix.Length..];
        if (firstStage is { } first && Child(own) is { } child)
        {
            string rest = own[(own.IndexOf('.', StringComparison.Ordinal) + 1)..];
            if (child < 2) own = $"{(child == 0 ? "conv1" : "bn1")}.{rest}";
            else if (child >= first && child < first + 4) own = $"layer{child - first + 1}.{rest}";
        }
        var shortcut = Shortcut().Match(own);
        return shortcut.Success ? $"{shortcut.Groups["block"]}.downsample.{(shortcut.Groups["part"].Value is "0" or "conv" ? 0 : 1)}." +
            $"{shortcut.Groups["rest"]}" : own;
    }

    /// <summary>For a sequence, the number of a child after the four stages; else null.</summary>
    public int? Behind(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) && Child(name[Prefix.Length..]) is { } child && child >= firstStage + 4 ? child
            : null;

    private static int? Child(string own) =>
        own.IndexOf('.', StringComparison.Ordinal) is > 0 and var point
        && int.TryParse(own.AsSpan(0, point), NumberStyles.None, CultureInfo.InvariantCulture, out int child) ? child : null;

    /// <summary>Whether a name after the prefix is possible in a ResNet here.</summary>
    public static bool IsKnown(string own) => Known().IsMatch(own);

    /// <summary>
    /// Whether a name after the prefix belongs to the layers between image and h, known or unknown: the stem, a stage, or a layer beside
    /// them that is not a head by its name.
    /// </summary>
    public static bool IsOfEncoder(string own) => Layer().IsMatch(own);

    // Other projects' names for downsample.0 and downsample.1 (SupContrast, pytorch-cifar, lightly; tutorials), also with names instead of
    // numbers.
    [GeneratedRegex(
        @"^(?<block>layer[1-4]\.\d+)\.(shortcut|downsample|identity_downsample|skip)\.(?<part>0|1|conv|bn|norm)\.(?<rest>\w+)$")]
    private static partial Regex Shortcut();

    [GeneratedRegex(
        @"^(conv1\.(\d\.)?weight|layer[1-4]\.\d+\.(conv[123]\.weight|select\.(reduce|expand)\.weight|downsample\.0\.weight)|" +
        @"(conv1\.\d|bn1|layer[1-4]\.\d+\.(bn[123]|select\.norm|downsample\.1))" +
        @"\.(weight|bias|running_mean|running_var|num_batches_tracked))$")]
    private static partial Regex Known();

    [GeneratedRegex(@"^((conv|bn|norm|gn|layer|stage|block|stem|se|gem|act|relu|prelu|attn\w*|\w*pool)\d*|\d+)(\.|$)")]
    private static partial Regex Layer();

    // Recognised by the first block of each of four stages with consecutive numbers.
    private static IEnumerable<ResNetNames> Sequences(IReadOnlySet<string> names)
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
                yield return new ResNetNames(group.Key, first);
        }
    }
}
