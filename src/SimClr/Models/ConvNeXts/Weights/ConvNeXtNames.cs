using System.Text.RegularExpressions;

namespace SimClr.Models;

/// <summary>The names of a ConvNeXt's tensors in other programs.</summary>
internal static partial class ConvNeXtNames
{
    // Ours: the stem, its norm and the last norm; the layers of a block. Stage s is features.(2s + 1), and features.(2s) is the
    // downsampling before it.
    private static readonly string[] Outside = ["features.0.0", "features.0.1", "classifier.0"],
        Block = ["block.0", "block.2", "block.3", "block.5", "layer_scale"];

    /// <summary>torchvision's names, which are ours.</summary>
    public static NameDialect Torchvision { get; } = new("torchvision", "features.1.0.layer_scale",
        Map(Outside, stage => $"features.{2 * stage + 1}", stage => $"features.{2 * stage}", Block),
        LayersOfTorchvision(), "classifier.2", "fc");

    /// <summary>timm's names.</summary>
    public static NameDialect Timm { get; } = new("timm", "stages.0.blocks.0.conv_dw.weight",
        Map(["stem.0", "stem.1", "head.norm"], stage => $"stages.{stage}.blocks", stage => $"stages.{stage}.downsample",
            "conv_dw", "norm", "mlp.fc1", "mlp.fc2", "gamma"),
        LayersOfTimm(), "head.fc")
    { Preprocessing = NameDialect.Bicubic };

    /// <summary>The authors' own names.</summary>
    public static NameDialect Authors { get; } = new("ConvNeXt", "stages.0.0.dwconv.weight",
        Map(["downsample_layers.0.0", "downsample_layers.0.1", "norm"], stage => $"stages.{stage}", stage => $"downsample_layers.{stage}",
            "dwconv", "norm", "pwconv1", "pwconv2", "gamma"),
        LayersOfAuthors(), "head")
    { Preprocessing = NameDialect.Bicubic };

    /// <summary>Names of Hugging Face's transformers.</summary>
    public static NameDialect Transformers { get; } = new("transformers", "encoder.stages.0.layers.0.dwconv.weight",
        Map(["embeddings.patch_embeddings", "embeddings.layernorm", "layernorm"], stage => $"encoder.stages.{stage}.layers",
            stage => $"encoder.stages.{stage}.downsampling_layer", "dwconv", "layernorm", "pwconv1", "pwconv2", "layer_scale_parameter"),
        LayersOfTransformers(), "../classifier")
    { Preprocessing = NameDialect.Bicubic };

    /// <summary>Every ConvNeXt.</summary>
    /// <param name="names">All names of a file.</param>
    public static IEnumerable<NamedNetwork> In(IReadOnlySet<string> names) =>
        ((NameDialect[])[Torchvision, Timm, Authors, Transformers]).SelectMany(dialect => NamedNetwork.In(names, dialect));

    private static NameMap Map(string[] outside, Func<int, string> blocks, Func<int, string> downsampling, params string[] block) => new(
    [
        .. outside.Zip(Outside),
        .. Enumerable.Range(0, 4).SelectMany(stage => block.Zip(Block).Select(layer =>
            ($"{blocks(stage)}.#.{layer.First}", $"features.{2 * stage + 1}.#.{layer.Second}"))),
        .. Enumerable.Range(1, 3).SelectMany(stage => ((int[])[0, 1]).Select(child =>
            ($"{downsampling(stage)}.{child}", $"features.{2 * stage}.{child}"))),
    ]);

    [GeneratedRegex(@"^(features\.|classifier\.[01](\.|$))")]
    private static partial Regex LayersOfTorchvision();

    [GeneratedRegex(@"^(stem|stages|norm\w*|head\.norm)(\.|$)")]
    private static partial Regex LayersOfTimm();

    [GeneratedRegex(@"^(downsample_layers|stages|norm)(\.|$)")]
    private static partial Regex LayersOfAuthors();

    [GeneratedRegex(@"^(embeddings|encoder|layernorm)\.")]
    private static partial Regex LayersOfTransformers();
}
