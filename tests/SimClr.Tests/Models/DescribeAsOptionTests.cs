using SimClr.Models;
using SimClr.Recipes;

namespace SimClr.Tests.Models;

/// <summary>Lists show an encoder as a recipe or an option spells it, and a user's own name as the user wrote it.</summary>
public sealed class DescribeAsOptionTests
{
    public static TheoryData<EncoderOptions, string> Spelled => new()
    {
        { new ResNetOptions { Arch = ResNetDepth.Resnet50, Width = 2 }, "resnet50 × 2" },
        { new ResNetOptions { Width = 0.5 }, "resnet18 × 0.5" },
        { new VisionTransformerOptions { Arch = VisionTransformerSize.VitTiny, Patch = 4 }, "vit-tiny/4" },
        { new VisionTransformerOptions { Arch = VisionTransformerSize.VitBase }, "vit-base" },
        { new ConvNeXtOptions { Width = 0.125 }, "convnext-tiny × 0.125" },
        { new CustomEncoder("MyNet v2", _ => throw new InvalidOperationException()), "custom encoder MyNet v2" },
        { new ScriptOptions { Script = "/Nets/Mine.pt" }, "script /Nets/Mine.pt" },
    };

    [Theory, MemberData(nameof(Spelled))]
    public void An_encoder_is_described_as_options_spell_it(EncoderOptions options, string described) =>
        options.DescribeAsOption().ShouldBe(described);

    [Fact]
    public void Every_size_is_spelled_as_in_a_recipe()
    {
        foreach (var arch in Enum.GetValues<ResNetDepth>()) Begin(new ResNetOptions { Arch = arch }, arch);
        foreach (var arch in Enum.GetValues<VisionTransformerSize>()) Begin(new VisionTransformerOptions { Arch = arch }, arch);
        foreach (var arch in Enum.GetValues<ConvNeXtSize>()) Begin(new ConvNeXtOptions { Arch = arch }, arch);
    }

    private static void Begin(EncoderOptions options, object arch) =>
        options.DescribeAsOption().Split(' ', '/')[0].ShouldBe(OptionType.Write(arch));
}
