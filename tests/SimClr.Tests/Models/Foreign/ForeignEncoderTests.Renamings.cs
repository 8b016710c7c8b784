using System.Text.RegularExpressions;
using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

public sealed partial class ForeignEncoderTests
{
    // Renamed by hand from the programs' published sources.
    private static readonly (string, string)[] TimmOfVit =
    [
        ("^class_token$", "cls_token"), ("^encoder.pos_embedding$", "pos_embed"), ("^conv_proj", "patch_embed.proj"), ("^encoder.ln", "norm"),
        (@"^encoder.layers.encoder_layer_(\d+)", "blocks.$1"), (@"\.ln_", ".norm"), ("self_attention.in_proj_", "attn.qkv."),
        ("self_attention.out_proj", "attn.proj"), ("mlp.0", "mlp.fc1"), ("mlp.3", "mlp.fc2"), ("^heads.head", "head"),
    ];

    private static readonly (string, string)[] TransformersOfVit =
    [
        ("^class_token$", "vit.embeddings.cls_token"), ("^encoder.pos_embedding$", "vit.embeddings.position_embeddings"),
        ("^conv_proj", "vit.embeddings.patch_embeddings.projection"), ("^encoder.ln", "vit.layernorm"),
        (@"^encoder.layers.encoder_layer_(\d+)", "vit.encoder.layer.$1"), (@"\.ln_1", ".layernorm_before"), (@"\.ln_2", ".layernorm_after"),
        ("self_attention.out_proj", "attention.output.dense"), ("mlp.0", "intermediate.dense"), ("mlp.3", "output.dense"), ("^heads.head", "classifier"),
    ];

    private static readonly (string, string)[] TransformersOfDinoV2 =
    [
        ("^cls_token", "dinov2.embeddings.cls_token"), ("^mask_token", "dinov2.embeddings.mask_token"), ("^pos_embed", "dinov2.embeddings.position_embeddings"),
        ("^patch_embed.proj", "dinov2.embeddings.patch_embeddings.projection"), ("^norm", "dinov2.layernorm"), (@"^blocks.(\d+)", "dinov2.encoder.layer.$1"),
        ("attn.proj", "attention.output.dense"), (@"\.ls([12]).gamma", ".layer_scale$1.lambda1"),
    ];

    private static readonly (string, string)[] TimmOfConvNeXt =
    [
        (@"^features.0.(\d)", "stem.$1"), ("^classifier.0", "head.norm"), ("^classifier.2", "head.fc"),
        .. Enumerable.Range(0, 4).SelectMany(s => ((string, string)[])[($@"^features.{2 * s + 1}.(\d+)", $"stages.{s}.blocks.$1"), ($"^features.{2 * s}", $"stages.{s}.downsample")]),
        ("block.0", "conv_dw"), ("block.2", "norm"), ("block.3", "mlp.fc1"), ("block.5", "mlp.fc2"), ("layer_scale", "gamma"),
    ];

    private static readonly (string, string)[] AuthorsOfConvNeXt =
    [
        ("^classifier.0", "norm"), ("^classifier.2", "head"),
        .. Enumerable.Range(0, 4).SelectMany(s => ((string, string)[])[($"^features.{2 * s + 1}", $"stages.{s}"), ($"^features.{2 * s}", $"downsample_layers.{s}")]),
        ("block.0", "dwconv"), ("block.2", "norm"), ("block.3", "pwconv1"), ("block.5", "pwconv2"), ("layer_scale", "gamma"),
    ];

    private static readonly (string, string)[] TransformersOfConvNeXt =
    [
        ("^features.0.0", "convnext.embeddings.patch_embeddings"), ("^features.0.1", "convnext.embeddings.layernorm"), ("^classifier.0", "convnext.layernorm"), ("^classifier.2", "classifier"),
        .. Enumerable.Range(0, 4).SelectMany(s => ((string, string)[])[($@"^features.{2 * s + 1}.(\d+)", $"convnext.encoder.stages.{s}.layers.$1"), ($"^features.{2 * s}", $"convnext.encoder.stages.{s}.downsampling_layer")]),
        ("block.0", "dwconv"), ("block.2", "layernorm"), ("block.3", "pwconv1"), ("block.5", "pwconv2"), ("layer_scale", "layer_scale_parameter"),
    ];

    public static TheoryData<string> Renamings => ["vit, timm", "vit, transformers", "dinov2, transformers", "convnext, timm", "convnext, authors", "convnext, transformers"];

    [Theory]
    [MemberData(nameof(Renamings))]
    public void Equal_weights_under_other_programs_names_are_the_same_encoder(string which)
    {
        var (kind, names) = which switch
        {
            "vit, timm" => ("torchvision-vit", TimmOfVit),
            "vit, transformers" => ("torchvision-vit", TransformersOfVit),
            "dinov2, transformers" => ("dinov2", TransformersOfDinoV2),
            "convnext, timm" => ("torchvision-convnext", TimmOfConvNeXt),
            "convnext, authors" => ("torchvision-convnext", AuthorsOfConvNeXt),
            _ => ("torchvision-convnext", TransformersOfConvNeXt),
        };
        var weights = new ForeignEncoder(kind).Weights();
        var expected = EncoderWeights.Find(weights, "x");
        var found = EncoderWeights.Find(Renamed(weights, names), "x");
        found.Encoder.Keys.ShouldBe(expected.Encoder.Keys, ignoreOrder: true);
        foreach (var (name, tensor) in expected.Encoder) Golden.MaxDifference(found.Encoder[name], tensor).ShouldBe(0, name);
        (found.Classifier is null).ShouldBe(expected.Classifier is null);
        found.Ignored.Count.ShouldBe(expected.Ignored.Count);
        if (which == "vit, transformers") found.Preprocessing.Mean.ShouldBe([0.5, 0.5, 0.5]);
        found.OtherPreprocessing.ShouldBe(which switch
        {
            "vit, timm" => "timm's own augreg weights need --normalize 0.5,0.5",
            "vit, transformers" => "DINO's, MAE's and MSN's weights need --normalize imagenet",
            _ => null,
        });
    }

    private static Dictionary<string, Tensor> Renamed(Dictionary<string, Tensor> weights, (string From, string To)[] names)
    {
        var renamed = weights.ToDictionary(t => names.Aggregate(t.Key, (name, pair) => Regex.Replace(name, pair.From, pair.To)), t => t.Value);
        bool transformers = renamed.Keys.Any(k => k.Contains("embeddings.", StringComparison.Ordinal));
        foreach (var (name, tensor) in renamed.ToList())
        {
            if (name.EndsWith("gamma", StringComparison.Ordinal) || name.EndsWith("layer_scale_parameter", StringComparison.Ordinal)) renamed[name] = tensor.flatten();
            if (!transformers || Regex.Match(name, @"^(.*)(?:self_attention.in_proj_|attn.qkv.)(weight|bias)$") is not { Success: true } joined) continue;
            renamed.Remove(name);
            foreach (var (part, values) in ((string[])["query", "key", "value"]).Zip(tensor.chunk(3, 0)))
                renamed[$"{joined.Groups[1]}attention.attention.{part}.{joined.Groups[2]}"] = values;
        }
        return renamed;
    }
}
