using SimClr.Models;
using SimClr.Recipes;

namespace SimClr.Tests.Models;

/// <summary>Messages and lists show an encoder as a recipe or an option spells it, and a user's own name as the user wrote it.</summary>
public sealed class DescribeTests
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
        options.Describe().ShouldBe(described);

    public static TheoryData<EncoderOptions, string> Identities => new()
    {
        { new ResNetOptions { Arch = ResNetDepth.Resnet50, Width = 2, SelectiveKernels = true }, "Resnet50 × 2 with selective kernels, (stem, Auto)" },
        { new ResNetOptions { Width = 0.5, Stem = Stem.SmallStride2 }, "Resnet18 × 0.5, (stem, SmallStride2)" },
        { new VisionTransformerOptions { Arch = VisionTransformerSize.VitTiny, Patch = 4, Registers = 4 }, "VitTiny/4 with 4 registers, (pooling, Class)" },
        { new VisionTransformerOptions { Patch = 16, Heads = 6 }, "VitSmall/16, (pooling, Class)" }, // as many as usual
        { new VisionTransformerOptions { Patch = 16, Heads = 12 }, "VitSmall/16 with 12 heads, (pooling, Class)" },
        { new ConvNeXtOptions { Width = 0.125, Patch = 2 }, "ConvnextTiny × 0.125, (patch, 2)" },
        { new CustomEncoder("MyNet v2", _ => throw new InvalidOperationException()), "custom encoder MyNet v2, " },
        { new ScriptOptions { Script = "/Nets/Mine.pt" }, "script /Nets/Mine.pt, " },
    };

    /// <summary>As programs before 0.2 wrote it: vectors that are stored must still be searched.</summary>
    [Theory, MemberData(nameof(Identities))]
    public void The_identity_of_vectors_keeps_its_spelling(EncoderOptions options, string identity) =>
        options.Identity.ShouldBe(identity);

    [Fact]
    public void Every_size_is_spelled_as_in_a_recipe()
    {
        foreach (var arch in Enum.GetValues<ResNetDepth>()) Begin(new ResNetOptions { Arch = arch }, arch);
        foreach (var arch in Enum.GetValues<VisionTransformerSize>()) Begin(new VisionTransformerOptions { Arch = arch }, arch);
        foreach (var arch in Enum.GetValues<ConvNeXtSize>()) Begin(new ConvNeXtOptions { Arch = arch }, arch);
    }

    private static void Begin(EncoderOptions options, object arch) =>
        options.Describe().Split(' ', '/')[0].ShouldBe(OptionType.Write(arch));
}
