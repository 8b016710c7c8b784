using System.Text.RegularExpressions;

namespace SimClr.Models;

/// <summary>The names of a ConvNeXt's tensors in other programs.</summary>
internal static partial class ConvNeXtNames
{
    /// <summary>torchvision's names, which are ours.</summary>
    public static NameDialect Torchvision { get; } = new("torchvision", "features.1.0.layer_scale", new NameMap(
        [.. NameMap.Same("features.0.0", "features.0.1", "classifier.0"), .. Stages(s => $"features.{2 * s + 1}", s => $"features.{2 * s}", ("block.0", "block.0"),
            ("block.2", "block.2"), ("block.3", "block.3"), ("block.5", "block.5"), ("layer_scale", "layer_scale"))]),
        LayersOfTorchvision(), "classifier.2", "fc");

    /// <summary>timm's names.</summary>
    public static NameDialect Timm { get; } = new("timm", "stages.0.blocks.0.conv_dw.weight", new NameMap(
        [("stem.0", "features.0.0"), ("stem.1", "features.0.1"), ("head.norm", "classifier.0"), .. Stages(s => $"stages.{s}.blocks",
            s => $"stages.{s}.downsample", ("conv_dw", "block.0"), ("norm", "block.2"), ("mlp.fc1", "block.3"), ("mlp.fc2", "block.5"), ("gamma", "layer_scale"))]),
        LayersOfTimm(), "head.fc") { Preprocessing = NameDialect.Bicubic };

    /// <summary>The authors' own names.</summary>
    public static NameDialect Authors { get; } = new("ConvNeXt", "stages.0.0.dwconv.weight", new NameMap(
        [("downsample_layers.0.0", "features.0.0"), ("downsample_layers.0.1", "features.0.1"), ("norm", "classifier.0"),
            .. Stages(s => $"stages.{s}", s => $"downsample_layers.{s}", ("dwconv", "block.0"), ("norm", "block.2"), ("pwconv1", "block.3"), ("pwconv2", "block.5"),
                ("gamma", "layer_scale"))]),
        LayersOfAuthors(), "head") { Preprocessing = NameDialect.Bicubic };

    /// <summary>Names of Hugging Face's transformers.</summary>
    public static NameDialect Transformers { get; } = new("transformers", "encoder.stages.0.layers.0.dwconv.weight", new NameMap(
        [("embeddings.patch_embeddings", "features.0.0"), ("embeddings.layernorm", "features.0.1"), ("layernorm", "classifier.0"),
            .. Stages(s => $"encoder.stages.{s}.layers", s => $"encoder.stages.{s}.downsampling_layer", ("dwconv", "block.0"), ("layernorm", "block.2"), ("pwconv1", "block.3"),
                ("pwconv2", "block.5"), ("layer_scale_parameter", "layer_scale"))]),
        LayersOfTransformers(), "../classifier") { Preprocessing = NameDialect.Bicubic };

    /// <summary>Every ConvNeXt.</summary>
    /// <param name="names">All names of a file.</param>
    public static IEnumerable<NamedNetwork> In(IReadOnlySet<string> names) =>
        ((NameDialect[])[Torchvision, Timm, Authors, Transformers]).SelectMany(dialect => NamedNetwork.In(names, dialect));

    // Our stage s is features.(2s + 1), and the downsampling before it features.(2s).
    private static IEnumerable<(string, string)> Stages(
        Func<int, string> blocks, Func<int, string> downsampling, params (string Theirs, string Ours)[] layers) =>
    [
        .. Enumerable.Range(0, 4).SelectMany(s => layers.Select(l => ($"{blocks(s)}.#.{l.Theirs}", $"features.{2 * s + 1}.#.{l.Ours}"))),
        .. Enumerable.Range(1, 3).SelectMany(s => ((int[])[0, 1]).Select(child =>
            ($"{downsampling(s)}.{child}", $"features.{2 * s}.{child}"))),
    ];

    [GeneratedRegex(@"^(features\.|classifier\.[01](\.|$))")]
    private static partial Regex LayersOfTorchvision();

    [GeneratedRegex(@"^(stem|stages|norm\w*|head\.norm)(\.|$)")]
    private static partial Regex LayersOfTimm();

    [GeneratedRegex(@"^(downsample_layers|stages|norm)(\.|$)")]
    private static partial Regex LayersOfAuthors();

    [GeneratedRegex(@"^(embeddings|encoder|layernorm)\.")]
    private static partial Regex LayersOfTransformers();
}
