using System.Text.RegularExpressions;
using SimClr.Images;
using SimClr.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

public sealed class ForeignEncoderTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData("torchvision-vit", "", new[] { 32, 48 }, PositionResampling.Torchvision)]
    [InlineData("dinov2", "", new[] { 70, 56, 98 }, PositionResampling.DinoV2)]
    [InlineData("dinov2-registers", "teacher.backbone.", new[] { 70, 56 }, PositionResampling.Timm)]
    public void A_vision_transformer_of_torchvision_or_DINOv2_gives_its_features_at_every_size(
        string kind, string prefix, int[] sides, PositionResampling resampling)
    {
        var theirs = new ForeignEncoder(kind);
        var found = EncoderWeights.Find(theirs.Weights().ToDictionary(t => prefix + t.Key, t => t.Value), "x.pth");
        found.Prefix.ShouldBe(prefix);
        found.Preprocessing.ImageSize.ShouldBe(sides[0]);
        found.Ignored.ShouldBe(kind == "torchvision-vit" ? [] : [$"{prefix}mask_token"]);
        ((VisionTransformerOptions)found.Options).Resampling.ShouldBe(resampling);
        foreach (int side in sides)
            Golden.MaxDifference(ForeignEncoder.Compute(found, side).narrow(1, 0, 24), theirs.Features(side)).ShouldBeLessThan(1e-4, $"{side}");
        // another rule gives other features: the comparison would notice
        var other = found with { Options = (VisionTransformerOptions)found.Options with { Resampling = PositionResampling.Transformers } };
        Golden.MaxDifference(ForeignEncoder.Compute(other, sides[1]).narrow(1, 0, 24), theirs.Features(sides[1])).ShouldBeGreaterThan(2e-4);
    }

    [Fact]
    public void Options_and_preparation_are_those_of_the_program()
    {
        var dino = EncoderWeights.Find(new ForeignEncoder("dinov2-registers").Weights(), "x");
        dino.Options.ShouldBe(new VisionTransformerOptions
        {
            Arch = VisionTransformerSize.VitTiny, Patch = 14, Registers = 4, LayerScale = 1e-5, Resampling = PositionResampling.Timm,
        });
        dino.Preprocessing.ShouldBe(Preprocessing.ImageNet with { ImageSize = 70, Interpolation = Interpolation.Bicubic });
        var state = new ForeignEncoder("dinov2").Weights();
        state["pos_embed"] = zeros(1, 1 + 37 * 37, 192); // DINOv2's last size, 518, which its evaluation does not use
        EncoderWeights.Find(state, "x").Preprocessing.ImageSize.ShouldBe(224);

        var torchvision = EncoderWeights.Find(new ForeignEncoder("torchvision-vit").Weights(), "x");
        torchvision.Options.ShouldBe(new VisionTransformerOptions { Arch = VisionTransformerSize.VitTiny, Patch = 8 });
        torchvision.Preprocessing.ShouldBe(Preprocessing.ImageNet with { ImageSize = 32 });
        torchvision.Guesses.ShouldContain("3 heads");
        EncoderWeights.Find(new ForeignEncoder("torchvision-convnext").Weights(), "x").Options
            .ShouldBe(new ConvNeXtOptions { Width = 0.125, Patch = 4 });
    }

    [Theory]
    [InlineData("torchvision-vit", 32)]
    [InlineData("torchvision-convnext", 64)]
    public void The_classifier_gives_the_logits(string kind, int side)
    {
        var theirs = new ForeignEncoder(kind);
        var found = EncoderWeights.Find(theirs.Weights(), "x");
        found.Ignored.ShouldBeEmpty();
        var h = ForeignEncoder.Compute(found, side);
        Golden.MaxDifference(h.narrow(1, 0, 24), theirs.Features(side)).ShouldBeLessThan(1e-4);
        var (weight, bias) = found.Classifier!.Value;
        Golden.MaxDifference(h.mm(weight.t()) + bias, theirs.Logits).ShouldBeLessThan(1e-4);
    }

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
    }

    [Theory]
    [InlineData("torchvision-vit", "encoder.layers.encoder_layer_3.gate.weight", "encoder.layers.encoder_layer_3.gate.weight belongs to no layer of a VitTiny/8 here")]
    [InlineData("dinov2", "blocks.3.mlp.w12.weight", "blocks.3.mlp.w12.weight belongs to no layer of a VitTiny/14 with LayerScale here")]
    [InlineData("dinov2", "dist_token", "dist_token belongs to no layer")]
    [InlineData("dinov2", "blocks.12.norm1.weight", "holds a vision transformer of 13 blocks with D = 192; known are 12 with 192, 12 with 384")]
    [InlineData("torchvision-convnext", "features.1.2.block.6.weight", "features.1.2.block.6.weight belongs to no layer of a ConvnextTiny × 0.125 here")]
    [InlineData("torchvision-convnext", "features.3.3.layer_scale", "holds a ConvNeXt of 3-4-9-3 blocks; known are 3-3-9-3 and 3-3-27-3.")]
    public void Another_network_is_refused_by_the_tensor_that_is_new(string kind, string added, string expected)
    {
        var state = new ForeignEncoder(kind).Weights();
        state[added] = ones(12);
        Refusal(state).ShouldContain(expected);
    }

    [Theory]
    [InlineData("dinov2", "pos_embed", "lacks pos_embed: a vision transformer here adds a position to every token.")]
    [InlineData("dinov2", "blocks.5.attn.qkv.bias", "lacks blocks.5.attn.qkv.bias: it is no whole VitTiny/14 with LayerScale.")]
    [InlineData("torchvision-convnext", "features.4.1.weight", "lacks features.4.1.weight: it is no whole ConvnextTiny × 0.125.")]
    [InlineData("torchvision-convnext", "features.0.0.weight", "features.0.0.weight is missing; a ConvNeXt here has (96·width, C, p, p)")]
    public void An_incomplete_network_is_refused_by_the_missing_tensor(string kind, string removed, string expected)
    {
        var state = new ForeignEncoder(kind).Weights();
        state.Remove(removed);
        Refusal(state).ShouldContain(expected);
    }

    [Fact]
    public void Positions_that_are_no_square_and_other_shapes_are_refused()
    {
        var state = new ForeignEncoder("torchvision-vit").Weights();
        state["encoder.pos_embedding"] = zeros(1, 12, 192);
        Refusal(state).ShouldContain("the positions are (1, 12, 192), and in a VitTiny/8 here (1, 1 + n·n, 192)");
        state = new ForeignEncoder("torchvision-vit").Weights();
        state["encoder.layers.encoder_layer_0.mlp.0.weight"] = zeros(700, 192);
        Refusal(state).ShouldBe("x.pth: encoder.layers.encoder_layer_0.mlp.0.weight is (700, 192), and in a VitTiny/8 here (768, 192).");
        Refusal(new() { ["a.weight"] = ones(2) }).ShouldBe(
            "x.pth holds no ResNet and no vision transformer and no ConvNeXt that is known here by the names of its 1 tensors (the first is a.weight).");
    }

    // timm's mean pooling keeps a class token that is no part of h: a register here. Its registers may have positions.
    [Fact]
    public void Tokens_with_positions_become_those_of_our_networks_and_the_features_stay()
    {
        var options = new VisionTransformerOptions { Arch = VisionTransformerSize.VitTiny, Patch = 8, Registers = 2, Pooling = TokenPooling.Mean };
        using var generator = new Generator(1, CPU);
        using var network = options.Create(32, generator);
        var state = network.state_dict();
        var positions = state["pos_embed"];
        var (first, second) = (randn(1, 1, 192), randn(1, 1, 192));
        Dictionary<string, Tensor> With(params (string, Tensor)[] changed) => new(state.Where(t => t.Key != "reg_token").ToDictionary().Concat(
            changed.Select(c => KeyValuePair.Create(c.Item1, c.Item2))).GroupBy(t => t.Key).ToDictionary(g => g.Key, g => g.Last().Value));
        state["reg_token"].detach().copy_(cat([first + second, first - second], 1));
        foreach (var foreign in (Dictionary<string, Tensor>[])
            [With(("cls_token", first), ("reg_token", first), ("pos_embed", cat([second, -second, positions], 1))),   // class and register with positions
                With(("cls_token", first), ("reg_token", first - second), ("pos_embed", cat([second, positions], 1))), // the class token alone
                With(("reg_token", cat([first, first], 1)), ("pos_embed", cat([second, -second, positions], 1)))])     // two registers
        {
            var found = EncoderWeights.Find(foreign, "x");
            ((VisionTransformerOptions)found.Options).ShouldBe(options with { Resampling = PositionResampling.Timm });
            foreach (var (name, tensor) in state) Golden.MaxDifference(found.Encoder[name], tensor).ShouldBe(0, name);
        }
    }

    [Fact]
    public void Fixed_positions_are_recognised_and_made_anew_for_another_size()
    {
        var options = new VisionTransformerOptions { Arch = VisionTransformerSize.VitTiny, Patch = 8, Positions = PositionEmbedding.SineCosine };
        using var generator = new Generator(1, CPU);
        using var network = options.Create(32, generator);
        using var larger = options.Create(64, generator);
        var found = EncoderWeights.Find(network.state_dict(), "x");
        found.Options.ShouldBe(options with { Resampling = PositionResampling.Timm });
        Golden.MaxDifference(found.Options.WeightsFor(64, found.Encoder)["pos_embed"], larger.state_dict()["pos_embed"]).ShouldBe(0);
        found.Options.WeightsFor(32, found.Encoder).ShouldBeSameAs(found.Encoder);
    }

    [Fact]
    public void One_ConvNeXt_of_two_descriptions_fits_both()
    {
        var options = new ConvNeXtOptions { Arch = ConvNeXtSize.ConvnextBase, Width = 0.1875, Patch = 2 }; // 24 channels: also ConvnextSmall × 0.25
        using var generator = new Generator(1, CPU);
        using var network = options.Create(32, generator);
        var found = EncoderWeights.Find(network.state_dict(), "x");
        found.Options.ShouldBe(options with { Arch = ConvNeXtSize.ConvnextSmall, Width = 0.25 });
        found.Fit(options).ShouldBeTrue();
        found.Fit(options with { Width = 0.25 }).ShouldBeFalse();
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

    private static string Refusal(Dictionary<string, Tensor> state) => Should.Throw<InvalidDataException>(() => EncoderWeights.Find(state, "x.pth")).Message;
}
