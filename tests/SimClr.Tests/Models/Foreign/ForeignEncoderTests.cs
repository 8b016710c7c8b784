using SimClr.Images;
using SimClr.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

public sealed partial class ForeignEncoderTests : IDisposable
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
            Arch = VisionTransformerSize.VitTiny,
            Patch = 14,
            Registers = 4,
            LayerScale = 1e-5,
            Resampling = PositionResampling.Timm,
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

    // facebookresearch/moco-v3, vits.py: vit_small has num_heads=12, and its meshgrid makes the first half of a position that of the row.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void MoCo_v3s_small_network_is_known_by_its_positions_and_has_12_heads(bool fromMoCo)
    {
        const int Side = 3, D = 384;
        var options = new VisionTransformerOptions { Patch = 8 };
        using var generator = new Generator(1, CPU);
        using var network = options.Create(8 * Side, generator);
        var state = network.state_dict();
        if (fromMoCo)
        {
            float[] positions = new float[(1 + Side * Side) * D]; // the class token has 0
            for (int row = 0; row < Side; row++)
                for (int column = 0; column < Side; column++)
                    for (int k = 0; k < D / 4; k++)
                    {
                        double ω = Math.Pow(10000, -k / (D / 4.0));
                        double[] parts = [Math.Sin(row * ω), Math.Cos(row * ω), Math.Sin(column * ω), Math.Cos(column * ω)];
                        for (int part = 0; part < 4; part++) positions[(1 + Side * row + column) * D + part * D / 4 + k] = (float)parts[part];
                    }
            state["pos_embed"] = tensor(positions, [1, 1 + Side * Side, D]);
        }
        var found = EncoderWeights.Find(state, "x");
        found.Options.ShouldBe(options with { Resampling = PositionResampling.Timm, Heads = fromMoCo ? 12 : null });
        (found.Guesses.Contains("6 heads"), found.Guesses.Contains("12 heads")).ShouldBe((!fromMoCo, false)); // known, not guessed
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
}
