using System.Text.RegularExpressions;

namespace SimClr.Models;

/// <summary>The names of a vision transformer's tensors in other programs.</summary>
internal static partial class VisionTransformerNames
{
    private static readonly string[] Layers =
        ["norm1", "attn.qkv", "attn.proj", "ls1.gamma", "norm2", "mlp.fc1", "mlp.fc2", "ls2.gamma"];

    private static readonly (string, string)[] OfTimm = [.. NameMap.Same(["cls_token", "reg_token", "pos_embed", "patch_embed.proj", "norm",
        "fc_norm", .. Layers.Select(l => $"blocks.#.{l}")])];

    /// <summary>timm's names, which are ours; also those of DeiT, DINO, MAE and MoCo v3.</summary>
    public static NameDialect Timm { get; } =
        new("timm", "patch_embed.proj.weight", new NameMap(OfTimm), LayersOfTimm(), "head", "fc")
        {
            Preprocessing = NameDialect.Bicubic,
            OtherPreprocessing = "timm's own augreg weights need --normalize 0.5,0.5",
        };

    /// <summary>DINOv2's own names. Its training numbers the blocks in chunks: <c>blocks.2.7</c> is block 7.</summary>
    public static NameDialect DinoV2 { get; } = Timm with
    {
        Program = "DINOv2",
        OtherPreprocessing = null,
        Map = new NameMap([("register_tokens", "reg_token"), .. OfTimm, .. Layers.Select(l => ($"blocks.*.#.{l}", $"blocks.#.{l}"))]),
    };

    /// <summary>torchvision's names, also those before its version 0.13.</summary>
    public static NameDialect Torchvision { get; } = new("torchvision", "conv_proj.weight", new NameMap(
        [
            ("class_token", "cls_token"), ("encoder.pos_embedding", "pos_embed"), ("conv_proj", "patch_embed.proj"), ("encoder.ln", "norm"),
            .. Block("encoder.layers.encoder_layer_#", ("ln_1", "norm1"), ("self_attention.in_proj_weight", "attn.qkv.weight"),
                ("self_attention.in_proj_bias", "attn.qkv.bias"), ("self_attention.out_proj", "attn.proj"), ("ln_2", "norm2"),
                ("mlp.0", "mlp.fc1"), ("mlp.3", "mlp.fc2"), ("mlp.linear_1", "mlp.fc1"), ("mlp.linear_2", "mlp.fc2")),
        ]), LayersOfTorchvision(), "heads.head");

    /// <summary>Names of Hugging Face's transformers, of ViT.</summary>
    public static NameDialect Transformers { get; } = new("transformers", "embeddings.patch_embeddings.projection.weight", new NameMap(
        [
            .. OutsideOfTransformers(),
            .. Block("encoder.layer.#", ("layernorm_before", "norm1"), ("layernorm_after", "norm2"), ("intermediate.dense", "mlp.fc1"),
                ("output.dense", "mlp.fc2")),
        ]), LayersOfTransformers(), "../classifier")
    {
        Preprocessing = new() { Mean = [0.5, 0.5, 0.5], StandardDeviation = [0.5, 0.5, 0.5] }, // of its ViTImageProcessor
        OtherPreprocessing = "DINO's, MAE's and MSN's weights need --normalize imagenet",
    };

    /// <summary>Names of Hugging Face's transformers, of DINOv2. Its classifier takes more than h.</summary>
    public static NameDialect DinoV2OfTransformers { get; } = Transformers with
    {
        Map = new NameMap(
        [
            .. OutsideOfTransformers(),
            .. Block("encoder.layer.#", ("norm1", "norm1"), ("norm2", "norm2"), ("mlp.fc1", "mlp.fc1"), ("mlp.fc2", "mlp.fc2"),
                ("layer_scale1.lambda1", "ls1.gamma"), ("layer_scale2.lambda1", "ls2.gamma")),
        ]),
        Preprocessing = NameDialect.Bicubic,
        OtherPreprocessing = null,
    };

    /// <summary>The rule by which a program resamples positions.</summary>
    /// <param name="dialect">One of the dialects of this class.</param>
    /// <param name="registers">The number of registers: DINOv2 changed its rule when it got them.</param>
    public static PositionResampling ResamplingOf(NameDialect dialect, int registers) =>
        dialect == Torchvision ? PositionResampling.Torchvision
        : dialect == DinoV2 ? registers > 0 ? PositionResampling.Timm : PositionResampling.DinoV2
        : dialect == DinoV2OfTransformers && registers > 0 || dialect == Timm ? PositionResampling.Timm
        : PositionResampling.Transformers;

    /// <summary>Every vision transformer.</summary>
    /// <param name="names">All names of a file.</param>
    public static IEnumerable<NamedNetwork> In(IReadOnlySet<string> names) =>
    [
        .. NamedNetwork.In(names, Torchvision),
        .. NamedNetwork.In(names, Timm).Select(n => IsDinoV2(n.Prefix, names) ? n with { Dialect = DinoV2 } : n),
        .. NamedNetwork.In(names, Transformers).Select(n => names.Contains($"{n.Prefix}encoder.layer.0.norm1.weight")
            ? n with { Dialect = DinoV2OfTransformers } : n),
    ];

    // MAE has a mask token too, but no LayerScale.
    private static bool IsDinoV2(string prefix, IReadOnlySet<string> names) => names.Contains($"{prefix}register_tokens")
        || (names.Contains($"{prefix}mask_token")
            && (names.Contains($"{prefix}blocks.0.ls1.gamma") || names.Contains($"{prefix}blocks.0.0.ls1.gamma")));

    private static IEnumerable<(string, string)> OutsideOfTransformers() =>
    [
        ("embeddings.cls_token", "cls_token"), ("embeddings.register_tokens", "reg_token"), ("embeddings.position_embeddings", "pos_embed"),
        ("embeddings.patch_embeddings.projection", "patch_embed.proj"), ("layernorm", "norm"),
        .. Block("encoder.layer.#.attention", ("attention.query", "attn.q"), ("attention.key", "attn.k"), ("attention.value", "attn.v"),
            ("output.dense", "attn.proj")),
    ];

    private static IEnumerable<(string, string)> Block(string block, params (string Theirs, string Ours)[] layers) =>
        layers.Select(layer => ($"{block}.{layer.Theirs}", $"blocks.#.{layer.Ours}"));

    [GeneratedRegex(
        @"^(blocks|layers|stages|patch_\w+|rope\w*|norm\w*|fc_norm|pos_\w+|(cls|reg|dist|storage)\w*_tokens?|attn_pool)(\.|$)")]
    private static partial Regex LayersOfTimm();

    [GeneratedRegex(@"^(class_token|conv_proj|encoder)(\.|$)")]
    private static partial Regex LayersOfTorchvision();

    // The mask token is only in training.
    [GeneratedRegex(@"^(embeddings\.(?!mask_token)|encoder\.|layernorm\.)")]
    private static partial Regex LayersOfTransformers();
}
