using System.Text.RegularExpressions;
using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

public sealed partial class ForeignEncoderTests
{
    [Theory]
    [InlineData("torchvision-vit", "encoder.layers.encoder_layer_3.gate.weight", "encoder.layers.encoder_layer_3.gate.weight belongs to no layer of a vit-tiny/8 here")]
    [InlineData("dinov2", "blocks.3.mlp.w12.weight", "blocks.3.mlp.w12.weight belongs to no layer of a vit-tiny/14 with LayerScale here")]
    [InlineData("dinov2", "dist_token", "dist_token belongs to no layer")]
    [InlineData("dinov2", "blocks.12.norm1.weight", "holds a vision transformer of 13 blocks with D = 192; known are 12 with 192, 12 with 384")]
    [InlineData("torchvision-convnext", "features.1.2.block.6.weight", "features.1.2.block.6.weight belongs to no layer of a convnext-tiny × 0.125 here")]
    [InlineData("torchvision-convnext", "features.3.3.layer_scale", "holds a ConvNeXt of 3-4-9-3 blocks; known are 3-3-9-3 and 3-3-27-3.")]
    public void Another_network_is_refused_by_the_tensor_that_is_new(string kind, string added, string expected)
    {
        var state = new ForeignEncoder(kind).Weights();
        state[added] = ones(12);
        Refusal(state).ShouldContain(expected);
    }

    [Theory]
    [InlineData("dinov2", "pos_embed", "lacks pos_embed: a vision transformer here adds a position to every token.")]
    [InlineData("dinov2", "blocks.5.attn.qkv.bias", "lacks blocks.5.attn.qkv.bias: it is no whole vit-tiny/14 with LayerScale.")]
    [InlineData("torchvision-convnext", "features.4.1.weight", "lacks features.4.1.weight: it is no whole convnext-tiny × 0.125.")]
    [InlineData("torchvision-convnext", "features.0.0.weight", "features.0.0.weight is missing; a ConvNeXt here has (96·width, C, p, p)")]
    public void An_incomplete_network_is_refused_by_the_missing_tensor(string kind, string removed, string expected)
    {
        var state = new ForeignEncoder(kind).Weights();
        state.Remove(removed);
        Refusal(state).ShouldContain(expected);
    }

    // timm's networks with two attentions side by side
    [Fact]
    public void Blocks_of_other_parts_are_refused_by_the_first_one_that_is_missing()
    {
        var state = new ForeignEncoder("dinov2").Weights().ToDictionary(t => Regex.Replace(t.Key, @"(blocks\.\d+)\.(norm1|attn|ls1)", "$1.$2s.0"), t => t.Value);
        Refusal(state).ShouldContain("lacks blocks.0.norm1.weight: its blocks are not those of a vision transformer here.");
    }

    [Fact]
    public void Positions_that_are_no_square_and_other_shapes_are_refused()
    {
        var state = new ForeignEncoder("torchvision-vit").Weights();
        state["encoder.pos_embedding"] = zeros(1, 12, 192);
        Refusal(state).ShouldContain("the positions are (1, 12, 192), and in a vit-tiny/8 here (1, 1 + n·n, 192)");
        state = new ForeignEncoder("torchvision-vit").Weights();
        state["encoder.layers.encoder_layer_0.mlp.0.weight"] = zeros(700, 192);
        Refusal(state).ShouldBe("x.pth: encoder.layers.encoder_layer_0.mlp.0.weight is (700, 192), and in a vit-tiny/8 here (768, 192).");
        Refusal(new() { ["a.weight"] = ones(2) }).ShouldBe(
            "x.pth holds no ResNet and no vision transformer and no ConvNeXt that is known here by the names of its 1 tensors (the first is a.weight).");
    }

    private static string Refusal(Dictionary<string, Tensor> state) => Should.Throw<InvalidDataException>(() => EncoderWeights.Find(state, "x.pth")).Message;
}
