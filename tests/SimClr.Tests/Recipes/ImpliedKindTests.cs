using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Recipes;

namespace SimClr.Tests.Recipes;

public sealed class ImpliedKindTests
{
    private static EncoderOptions Bound(string recipe, params string[] arguments) =>
        OptionsBinder.Bind<PretrainOptions>(Recipe.Parse(recipe, "mine.yaml"), [.. arguments.Select(Setting.Parse)]).Encoder;

    [Theory]
    [InlineData("encoder: {arch: vit-base, patch: 8}")]
    [InlineData("encoder: {kind: vit, arch: ViT_Base, patch: 8}")]
    [InlineData("encoder: {arch: resnet50, width: 2, stem: imagenet}", "encoder.arch=vit-base", "encoder.patch=8")]
    [InlineData("encoder: {kind: convnext, width: 0.5}", "encoder.arch=vit-base", "encoder.patch=8")]
    public void The_kind_follows_from_the_architecture_and_settings_of_others_fall_away(string recipe, params string[] arguments) =>
        Bound(recipe, arguments).ShouldBe(new VisionTransformerOptions { Arch = VisionTransformerSize.VitBase, Patch = 8 });

    [Fact]
    public void A_kind_replaces_the_architecture_of_another() =>
        Bound("encoder: {arch: resnet50}", "encoder.kind=convnext").ShouldBe(new ConvNeXtOptions());

    [Theory]
    [InlineData("encoder.arch=vit-huge", "encoder.arch must be resnet18|resnet34|resnet50|resnet101|resnet152|vit-tiny|vit-small|vit-base|vit-large|convnext-tiny|convnext-small|convnext-base, not 'vit-huge'.")]
    [InlineData("encoder.arch=vit-tiny encoder.width=2", "encoder.width is a key of encoder.kind resnet or convnext, but the kind is vit.")]
    [InlineData("encoder.arch=vit-tiny encoder.kind=resnet", "encoder.arch must be resnet18|resnet34|resnet50|resnet101|resnet152, not 'vit-tiny'.")]
    public void What_does_not_fit_is_refused_by_name(string arguments, string reason) =>
        Should.Throw<ConfigurationException>(() => Bound("epochs: 1", arguments.Split(' '))).Message.ShouldEndWith(reason);
}
