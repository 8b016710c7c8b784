using SimClr.Images;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Recipes;
using SimClr.Runs;
using SimClr.Runtime;

namespace SimClr.Tests.Runs;

public sealed class AutomaticOptionsTests
{
    private static AutomaticOptions With(params string[] arguments) => new(null, Settings(arguments));

    private static IReadOnlyList<Setting> Settings(params string[] assignments) => [.. assignments.Select(Setting.Parse)];

    [Theory]
    [InlineData(4054, 128, 74, 128, 96)] // photographs
    [InlineData(50_000, 32, 6, 128, 32)] // CIFAR-10
    [InlineData(5000, 96, 60, 128, 64)] // STL-10
    [InlineData(600, 500, 500, 64, 96)] // at least eight steps in an epoch
    [InlineData(40, 500, 1000, 32, 96)] // but no fewer than 32 images in a batch
    [InlineData(20, 500, 1000, 16, 96)] // where there are as many
    [InlineData(1, 500, 1000, 2, 96)]
    [InlineData(10_000_000, 500, 1, 128, 96)]
    public void Epochs_batch_and_size_follow_from_the_images(int images, int largestSide, int epochs, int batch, int size)
    {
        var chosen = With().For(images, largestSide);
        (chosen.Epochs, chosen.BatchSize, chosen.ImageSize, chosen.Precision).ShouldBe((epochs, batch, size, Precision.Fp32));
        chosen.Optimizer.WarmupEpochs!.Value.ShouldBe(epochs / 30.0, 0.005);
        ((ResNetOptions)chosen.For(largestSide).Encoder).Stem.ShouldBe(size <= 64 ? Stem.SmallStride2 : Stem.Imagenet);
        OptionsText.ToYaml(chosen).ShouldNotContain("epochs: auto");
    }

    [Fact]
    public void A_vision_transformer_has_a_recipe_of_its_own_and_a_size_that_its_patch_divides()
    {
        var chosen = With("encoder.arch=vit-small", "encoder.patch=14").For(4054, 500);
        (chosen.ImageSize, chosen.Optimizer.Kind).ShouldBe((84, OptimizerKind.Adamw));
        chosen.Freeze.ShouldBe(["patch_embed"]);
        chosen.Optimizer.WarmupEpochs!.Value.ShouldBe(chosen.Epochs * 40 / 300.0, 0.005);
        chosen.Encoder.ShouldBe(new VisionTransformerOptions { Arch = VisionTransformerSize.VitSmall, Patch = 14, Positions = PositionEmbedding.SineCosine });
        With("encoder.arch=convnext-base").For(4054, 500).Encoder.ShouldBe(new ConvNeXtOptions { Arch = ConvNeXtSize.ConvnextBase });
    }

    [Fact]
    public void A_recipe_of_another_kind_replaces_the_encoder_that_a_run_starts_from()
    {
        var start = Settings("encoder.kind=vit", "encoder.arch=vit-base", "encoder.registers=4", "encoder.channels=1", "preprocessing.image-size=64");
        var chosen = new AutomaticOptions(Recipe.Read("demo"), [], start).For(4054, 500);
        chosen.Encoder.ShouldBe(new ResNetOptions { Width = 0.25, Stem = Stem.SmallStride2, Channels = 1 });
        var same = (VisionTransformerOptions)new AutomaticOptions(Recipe.Read("vit"), [], start).For(4054, 500).Encoder;
        (same.Arch, same.Registers, same.Positions).ShouldBe((VisionTransformerSize.VitTiny, 4, PositionEmbedding.SineCosine));
    }

    [Fact]
    public void A_value_range_on_the_command_line_replaces_that_of_the_weights_and_its_type()
    {
        var start = Settings("preprocessing.value-range=100,4000", "preprocessing.value-type=uint16");
        var kept = new AutomaticOptions(Recipe.Read("demo"), [], start).For(4054, 500).Preprocessing;
        (kept.ValueRange.SequenceEqual([100, 4000]), kept.ValueType).ShouldBe((true, PixelType.UInt16));
        var given = new AutomaticOptions(Recipe.Read("demo"), Settings("preprocessing.value-range=-1,1"), start).For(4054, 500).Preprocessing;
        (given.ValueRange.SequenceEqual([-1, 1]), given.ValueType).ShouldBe((true, null));
        var found = new AutomaticOptions(Recipe.Read("demo"), Settings("preprocessing.value-range=auto"), start).For(4054, 500).Preprocessing;
        (found.ValueRange.Count, found.ValueType).ShouldBe((0, null));
    }

    [Fact]
    public void A_batch_is_shared_evenly_by_ranks()
    {
        With().For(4054, 128, ranks: 3).BatchSize.ShouldBe(126);
        With().For(40, 128, ranks: 50).BatchSize.ShouldBe(50);
    }

    [Fact]
    public void A_batch_fits_into_memory()
    {
        With("encoder.arch=resnet152", "encoder.width=8", "preprocessing.image-size=1024").For(4054, 2000).BatchSize.ShouldBe(2); // an image of some 130 GB
        With("encoder.arch=resnet152", "encoder.width=8", "preprocessing.image-size=1024", "micro-batch-size=1").For(4054, 2000).BatchSize.ShouldBe(128);
    }

    [Fact]
    public void Given_values_stay_and_the_default_recipe_gives_way()
    {
        var chosen = With("epochs=7", "batch-size=24", "preprocessing.image-size=224").For(4054, 128);
        (chosen.Epochs, chosen.BatchSize, chosen.ImageSize).ShouldBe((7, 24, 224));
        var adamw = With("optimizer.kind=adamw").For(4054, 128).Optimizer;
        (adamw.Kind, adamw.LearningRate, adamw.WarmupEpochs).ShouldBe((OptimizerKind.Adamw, null, null)); // not SGD's
        ((ResNetOptions)With("encoder.arch=resnet50").For(4054, 128).Encoder).Width.ShouldBe(0.5);
        var (said, unsaid) = (With("encoder.arch=resnet18", "encoder.kind=resnet", "optimizer.kind=sgd").For(4054, 128), With().For(4054, 128));
        (said.Encoder, said.Optimizer).ShouldBe((unsaid.Encoder, unsaid.Optimizer));
        ((ResNetOptions)With().For(4054, 128).Encoder).Width.ShouldBe(0.5);

        var start = Settings("encoder.width=0.25", "preprocessing.image-size=64");
        var from = new AutomaticOptions(null, [], start).For(4054, 128);
        (((ResNetOptions)from.Encoder).Width, from.ImageSize).ShouldBe((0.25, 64));
        var named = new AutomaticOptions(Settings("encoder.width=2"), [], start);
        (((ResNetOptions)named.Draft.Encoder).Width, named.Draft.ImageSize).ShouldBe((2, 64));
    }

    [Fact]
    public void A_named_recipe_has_its_own_values_but_where_it_says_auto()
    {
        var paper = new AutomaticOptions(Recipe.Read("cifar10-cpu"), []);
        paper.For(50_000, 32).ShouldBe(paper.Draft);
        paper.Describe(paper.Draft).ShouldBeNull();

        var some = new AutomaticOptions(Recipe.Parse("epochs: 12\nbatch-size: auto", "r.yaml"), Settings("epochs=auto"));
        var chosen = some.For(4054, 128);
        (chosen.Epochs, chosen.BatchSize).ShouldBe((74, 128));
        some.Describe(chosen).ShouldBe("Chosen automatically: 74 epochs, batch size 128.");
    }

    [Fact]
    public void A_key_that_is_given_twice_is_refused() =>
        Should.Throw<ConfigurationException>(() => new AutomaticOptions(Recipe.Parse("views: { min-scale: 1 }\nviews.min-scale: 0.5", "r.yaml"), [])).Message
            .ShouldBe("r.yaml:2: views.min-scale is given twice, first in r.yaml:1.");

    [Fact]
    public void Other_values_cannot_be_automatic() =>
        Should.Throw<ConfigurationException>(() => With("temperature=auto")).Message.ShouldBe("--set: temperature must be a number, not 'auto'.");

    [Theory]
    [InlineData("epochs=many", "--set: epochs must be a whole number or auto, not 'many'.")]
    [InlineData("batch-size=0.5", "--set: batch-size must be a whole number or auto, not '0.5'.")]
    [InlineData("preprocessing.image-size=big", "--set: preprocessing.image-size must be a whole number or auto, not 'big'.")]
    [InlineData("preprocessing.value-range=low,high", "--set: preprocessing.value-range must be a list of numbers or auto, not 'low'.")]
    [InlineData("precision=fp8", "--set: precision must be fp32|tf32|bf16 or auto, not 'fp8'.")]
    [InlineData("optimizer.warmup-epochs=long", "--set: optimizer.warmup-epochs must be a number, null or auto, not 'long'.")]
    public void A_refused_value_that_could_be_automatic_is_told_so(string assignment, string message) =>
        Should.Throw<ConfigurationException>(() => With(assignment)).Message.ShouldBe(message);
}
