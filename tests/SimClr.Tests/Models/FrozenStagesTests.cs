using SimClr.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

public sealed class FrozenStagesTests
{
    private static readonly ResNetOptions Tiny = new() { Width = 1.0 / 16, Stem = Stem.Small };

    // An encoder that the library does not know: its stages are its children with parameters.
    private sealed class Stranger : nn.Module<Tensor, Tensor>
    {
        private readonly Parameter token = new(ones(1));
        private readonly Linear first = nn.Linear(2, 3), second = nn.Linear(3, 3);
        private readonly ReLU between = nn.ReLU();

        public Stranger() : base(nameof(Stranger)) => RegisterComponents();

        public override Tensor forward(Tensor input) => second.call(between.call(first.call(input))) * token;
    }

    private static ResNet Encoder()
    {
        using var generator = new Generator(1, CPU);
        return (ResNet)Tiny.Create(16, generator);
    }

    [Fact]
    public void The_stages_of_a_ResNet_contain_each_parameter_once()
    {
        using var encoder = Encoder();
        var modules = EncoderStages.Of(encoder).SelectMany(stage => stage.Modules).ToList();
        foreach (var (name, _) in encoder.named_parameters()) modules.Count(module => name.StartsWith(module + ".", StringComparison.Ordinal)).ShouldBe(1, name);
        EncoderStages.Of(encoder).Select(stage => stage.Name).ShouldBe(["stem", "layer1", "layer2", "layer3", "layer4"]);
    }

    [Theory]
    [InlineData("stem", "conv1.", "bn1.")]
    [InlineData("layer1,layer3", "layer1.", "layer3.")]
    [InlineData("layer4.1,layer4", "layer4.")]
    [InlineData("bn1", "bn1.")]
    [InlineData("all", "")]
    public void Frozen_parts_have_no_gradient_and_stay_in_eval_mode_until_released(string names, params string[] prefixes)
    {
        using var encoder = Encoder();
        bool IsFrozen(string name) => prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));
        using (var frozen = new FrozenStages(encoder, names.Split(',')))
        {
            encoder.train();
            frozen.Evaluate();
            foreach (var (name, parameter) in encoder.named_parameters()) parameter.requires_grad.ShouldBe(!IsFrozen(name), name);
            foreach (var (name, module) in encoder.named_modules().Where(m => m.module is SimClr.Models.BatchNorm)) module.training.ShouldBe(!IsFrozen(name + "."), name);
        }
        encoder.parameters().ShouldAllBe(p => p.requires_grad);
    }

    [Fact]
    public void An_unknown_name_is_refused_with_the_known_names()
    {
        using var encoder = Encoder();
        Should.Throw<ConfigurationException>(() => new FrozenStages(encoder, ["stem", "layer5"])).Message
            .ShouldStartWith("freeze: the encoder has no stage layer5. Its stages are stem, layer1, layer2, layer3, layer4;");
        encoder.parameters().ShouldAllBe(p => p.requires_grad);
        using var stranger = new Stranger();
        Should.Throw<ConfigurationException>(() => new FrozenStages(stranger, ["stem"])).Message.ShouldContain("Its stages are first, second;");
    }

    [Fact]
    public void The_learning_rate_decays_with_every_stage_from_the_output()
    {
        using var encoder = Encoder();
        var factor = EncoderStages.RateFactors(encoder, 0.5);
        factor("fc.weight").ShouldBe(1);
        factor("head.layers.0.weight").ShouldBe(1);
        factor("encoder.layer4.1.bn2.bias").ShouldBe(0.5);
        factor("encoder.layer3.0.conv1.weight").ShouldBe(0.25);
        factor("encoder.layer1.0.conv1.weight").ShouldBe(0.0625);
        factor("encoder.bn1.weight").ShouldBe(0.03125);
        factor("encoder.conv1.weight").ShouldBe(0.03125);

        using var stranger = new Stranger();
        var strangers = EncoderStages.RateFactors(stranger, 0.5);
        // the token belongs to the input
        (strangers("encoder.second.weight"), strangers("encoder.first.bias"), strangers("encoder.token")).ShouldBe((0.5, 0.25, 0.25));
        stranger.named_parameters().ShouldAllBe(p => EncoderStages.RateFactors(stranger, 1)("encoder." + p.name) == 1);
    }
}
