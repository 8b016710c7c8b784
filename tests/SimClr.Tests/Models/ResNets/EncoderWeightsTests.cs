using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

public sealed partial class EncoderWeightsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("state_dict.module.backbone.")]
    [InlineData("model.")]
    [InlineData("state_dict.model.encoder.")]
    public void An_encoder_is_found_under_any_prefix_and_other_names_are_reported(string prefix)
    {
        using var scope = NewDisposeScope();
        using var network = Build(new ResNetOptions { Width = 0.0625 });
        var state = network.state_dict().ToDictionary(t => prefix + t.Key, t => t.Value);
        state["projector.0.weight"] = ones(2);
        state[prefix + "fc.weight"] = ones(3, 32);
        state[prefix + "fc.bias"] = ones(3);
        var found = EncoderWeights.Find(state, "x.pth");
        found.Prefix.ShouldBe(prefix);
        found.Options.ShouldBe(new ResNetOptions { Width = 0.0625, Stem = Stem.Small });
        found.Encoder.Keys.ShouldBe(network.state_dict().Keys, ignoreOrder: true);
        found.Classifier!.Value.Weight.shape.ShouldBe([3, 32]);
        found.Ignored.ShouldBe(["projector.0.weight"]);
    }

    [Theory]
    [InlineData("layer2.0.conv1.weight", double.NaN, "1 of 288 values that are not finite")]
    [InlineData("layer1.0.bn1.running_var", double.PositiveInfinity, "1 of 4 values that are not finite")]
    [InlineData("layer1.0.bn1.running_var", -0.5, "a negative variance")]
    [InlineData("bn1.weight", 1e39, "1 of 4 values that are not finite")] // a double in the file; float32 ends at 3.4e38
    [InlineData("fc.bias", double.NegativeInfinity, "1 of 3 values that are not finite")]
    public void Weights_that_are_not_finite_are_refused_by_file_and_tensor(string name, double value, string expected)
    {
        using var scope = NewDisposeScope();
        using var network = Build(new ResNetOptions { Width = 0.0625 });
        var state = network.state_dict().ToDictionary(t => "module." + t.Key, t => t.Value.to(ScalarType.Float64));
        (state["module.fc.weight"], state["module.fc.bias"]) = (ones(3, 32), ones(3));
        state["optimizer.momentum"] = full(3, float.NaN); // not used, and therefore not checked
        EncoderWeights.Find(state, "x.pth").Classifier.ShouldNotBeNull();

        var row = state["module." + name].detach();
        while (row.dim() > 1) row = row[0];
        row[1] = value;
        Should.Throw<InvalidDataException>(() => EncoderWeights.Find(state, "x.pth")).Message.ShouldStartWith($"x.pth: module.{name} has {expected}");
    }

    [Theory]
    [InlineData(ResNetDepth.Resnet18, 1, Stem.Imagenet)]
    [InlineData(ResNetDepth.Resnet34, 0.25, Stem.Small)]
    [InlineData(ResNetDepth.Resnet50, 0.125, Stem.Imagenet)]
    [InlineData(ResNetDepth.Resnet101, 0.0625, Stem.Imagenet)]
    [InlineData(ResNetDepth.Resnet152, 0.0625, Stem.Small)]
    public void Depth_width_and_stem_are_read_off_names_and_shapes(ResNetDepth arch, double width, Stem stem)
    {
        using var scope = NewDisposeScope();
        var options = new ResNetOptions { Arch = arch, Width = width, Stem = stem };
        using var network = Build(options);
        EncoderWeights.Find(network.state_dict(), "x").Options.ShouldBe(options);
    }

    [Theory]
    [InlineData("backbone.", 4)] // nn.Sequential(*resnet.children())[:-1], with its ReLU and its pooling
    [InlineData("f.", 3)]        // the same without the pooling
    public void A_sequence_of_a_ResNets_children_is_recognised_by_its_numbers(string prefix, int firstStage)
    {
        using var scope = NewDisposeScope();
        using var network = Build(new ResNetOptions { Width = 0.0625 });
        var state = network.state_dict().ToDictionary(t => prefix + Enumerable.Range(1, 4).Aggregate(
            t.Key.Replace("conv1.weight", t.Key == "conv1.weight" ? "0.weight" : "conv1.weight", StringComparison.Ordinal),
            (name, stage) => name.Replace($"layer{stage}.", $"{firstStage + stage - 1}.", StringComparison.Ordinal)) is var key && t.Key.StartsWith("bn1.", StringComparison.Ordinal)
                ? prefix + "1." + t.Key["bn1.".Length..] : prefix + key[prefix.Length..], t => t.Value);
        var found = EncoderWeights.Find(state, "x");
        found.Prefix.ShouldBe(prefix);
        foreach (var (name, tensor) in network.state_dict()) Golden.MaxDifference(found.Encoder[name], tensor).ShouldBe(0, name);
    }

    [Fact]
    public void Of_several_networks_the_user_names_one_by_a_part_of_its_prefix()
    {
        using var scope = NewDisposeScope();
        using var network = Build(new ResNetOptions { Width = 0.0625 });
        Dictionary<string, Tensor> Under(params string[] prefixes) => prefixes.SelectMany(p => network.state_dict().Select(t => (p + t.Key, t.Value))).ToDictionary();
        string Refusal(string? network, params string[] prefixes) =>
            Should.Throw<InvalidDataException>(() => EncoderWeights.Find(Under(prefixes), "x.pth", network: network)).Message;
        string[] both = ["teacher.backbone.", "student.backbone."], averaged = ["", "ema."], equal = ["a.model.", "b.model."];
        foreach (string name in (string[])["teacher", "teacher.", "teacher.backbone"])
            EncoderWeights.Find(Under(both), "x.pth", network: name).Prefix.ShouldBe("teacher.backbone.");
        EncoderWeights.Find(Under(averaged), "x.pth", network: "").Prefix.ShouldBe("");
        EncoderWeights.Find(Under(averaged), "x.pth", network: "ema").Prefix.ShouldBe("ema.");
        Refusal(null, both).ShouldBe("x.pth holds 2 networks, under 'teacher.backbone', 'student.backbone'. " +
            "Name one after a #: x.pth#teacher.backbone");
        Refusal(null, averaged).ShouldBe("x.pth holds 2 networks, under '' (no prefix), 'ema'. Name one after a #: x.pth#ema");
        Refusal("model", equal).ShouldContain("; 'model' names several of them. ");
        Refusal("teach", both).ShouldContain("; 'teach' names none of them. "); // whole parts only
        Refusal("teacher", "student.").ShouldBe("x.pth holds one network, under 'student', and none under 'teacher'.");
    }

    [Fact]
    public void Another_architecture_is_refused_by_its_difference()
    {
        using var scope = NewDisposeScope();
        using var network = Build(new ResNetOptions { Width = 0.0625 });
        Should.Throw<InvalidDataException>(() => EncoderWeights.Find(new Dictionary<string, Tensor> { ["a"] = ones(1) }, "x")).Message.ShouldContain("no ResNet");
        var state = network.state_dict();
        foreach (string key in state.Keys.Where(k => k.StartsWith("layer3.1.", StringComparison.Ordinal)).ToList()) state.Remove(key);
        Should.Throw<InvalidDataException>(() => EncoderWeights.Find(state, "x")).Message.ShouldContain("2-2-1-2 basic blocks");
        state = network.state_dict();
        state["conv1.weight"] = ones(4, 3, 5, 5);
        Should.Throw<InvalidDataException>(() => EncoderWeights.Find(state, "x")).Message.ShouldContain("(4, 3, 5, 5)");
    }

    [Fact]
    public void A_file_from_before_the_batch_counters_is_completed()
    {
        using var scope = NewDisposeScope();
        using var network = Build(new ResNetOptions { Width = 0.0625 });
        var state = network.state_dict().Where(t => !t.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal)).ToDictionary();
        ModelState.Load(network, EncoderWeights.Find(state, "x").Encoder);
    }

    private static ResNet Build(ResNetOptions options)
    {
        using var generator = new Generator(1, CPU);
        return new ResNet(options, 32, generator);
    }
}
