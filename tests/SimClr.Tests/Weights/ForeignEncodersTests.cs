using System.Text.RegularExpressions;
using SimClr.Models;
using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Tests.Weights;

/// <summary>ResNets of other programs: equal networks under other names, and other networks under equal names.</summary>
public sealed class ForeignEncodersTests : IDisposable
{
    private readonly TorchSharp.DisposeScope scope = NewDisposeScope();
    private readonly ResNet network = Build(new ResNetOptions { Width = 0.0625 });

    public void Dispose()
    {
        network.Dispose();
        scope.Dispose();
    }

    [Theory]
    [InlineData("layer1.0.se.fc1.weight")]
    [InlineData("layer1.0.conv1.bias")]
    [InlineData("conv1.bias")]
    [InlineData("layer4.1.bn3.weight")]
    [InlineData("layer2.0.downsample.0.bias")]
    [InlineData("layer2.0.downsample.2.weight")]
    [InlineData("layer3.1.drop.rate")]
    [InlineData("layer5.0.conv1.weight")]
    [InlineData("bn1.something")]
    [InlineData("bn2.running_var")]
    [InlineData("conv2.weight")]
    [InlineData("norm.weight")]
    [InlineData("attnpool.positional_embedding")]
    [InlineData("avgpool.p")]
    public void What_belongs_to_the_encoder_and_to_no_layer_here_refuses_the_file_by_name(string name)
    {
        foreach (string prefix in (string[])["", "state_dict.module.backbone."])
        {
            var state = Under(prefix);
            state[prefix + name] = ones(1);
            Refusal(state).ShouldStartWith($"x.pth: {prefix}{name} belongs to no layer of a resnet18");
        }
    }

    [Theory]
    [InlineData("fc.0.weight")]
    [InlineData("head.0.weight")]
    [InlineData("projector.0.bn1.weight")]
    [InlineData("projection_head.weight")]
    [InlineData("predictor.conv1.weight")]
    [InlineData("prototypes.weight")]
    [InlineData("classifier.weight")]
    [InlineData("linear.weight")]
    [InlineData("queue")]
    [InlineData("queue_ptr")]
    public void Heads_queues_and_classifiers_beside_the_encoder_are_left_out_by_name(string name)
    {
        var state = Under("module.");
        (state["module." + name], state["momentum_encoder.layer1.0.se.weight"], state["optimizer.exp_avg"]) = (ones(1), ones(1), ones(1));
        EncoderWeights.Find(state, "x.pth").Ignored.ShouldBe(["module." + name, "momentum_encoder.layer1.0.se.weight", "optimizer.exp_avg"]);
    }

    [Theory]
    [InlineData("shortcut", "0", "1")]
    [InlineData("shortcut", "conv", "bn")]
    [InlineData("identity_downsample", "0", "1")]
    [InlineData("skip", "conv", "norm")]
    [InlineData("downsample", "conv", "bn")]
    public void A_shortcut_is_recognised_under_other_names(string shortcut, string convolution, string norm)
    {
        var state = Under("encoder.", name => name.Replace(".downsample.0.", $".{shortcut}.{convolution}.", StringComparison.Ordinal).Replace(".downsample.1.", $".{shortcut}.{norm}.", StringComparison.Ordinal));
        var found = EncoderWeights.Find(state, "x.pth");
        found.Ignored.ShouldBeEmpty();
        foreach (var (name, tensor) in network.state_dict()) Golden.MaxDifference(found.Encoder[name], tensor).ShouldBe(0, name);

        state["encoder.layer2.0.downsample.0.weight"] = state["encoder.layer2.0.shortcut.0.weight"] = ones(1);
        Refusal(state).ShouldContain("are one layer by their names");
    }

    [Theory]
    [InlineData(ResNetDepth.Resnet18)]
    [InlineData(ResNetDepth.Resnet50)]
    public void Names_of_transformers_are_recognised_with_their_classifier(ResNetDepth arch)
    {
        using var other = Build(new ResNetOptions { Arch = arch, Width = 0.0625, Stem = Stem.Imagenet });
        string Theirs(string name) => Regex.Replace(name switch
        {
            ['c', 'o', 'n', 'v', '1', .. var rest] => $"embedder.embedder.convolution{rest}",
            ['b', 'n', '1', .. var rest] => $"embedder.embedder.normalization{rest}",
            _ => $"encoder.stages.{name[5] - '1'}.layers{name[6..]}",
        }, @"\.(conv|bn)([123])\.|\.downsample\.([01])\.", m => m.Groups[3].Success
            ? $".shortcut.{(m.Groups[3].Value == "0" ? "convolution" : "normalization")}."
            : $".layer.{m.Groups[2].Value[0] - '1'}.{(m.Groups[1].Value == "conv" ? "convolution" : "normalization")}.");
        var state = other.state_dict().ToDictionary(t => $"resnet.{Theirs(t.Key)}", t => t.Value);
        (state["classifier.1.weight"], state["classifier.1.bias"]) = (ones(7, other.FeatureDim), ones(7));
        var found = EncoderWeights.Find(state, "x.safetensors");
        found.Options.ShouldBe(other.Options with { ZeroInitResidual = true });
        found.Ignored.ShouldBeEmpty();
        found.Classifier.ShouldNotBeNull();
        foreach (var (name, tensor) in other.state_dict()) Golden.MaxDifference(found.Encoder[name], tensor).ShouldBe(0, name);
        state["resnet.encoder.stages.0.layers.0.attention.weight"] = ones(1);
        Refusal(state).ShouldStartWith("x.pth: resnet.encoder.stages.0.layers.0.attention.weight belongs to no layer");
    }

    // lightly: nn.Sequential(*its_resnet.children()) has the children conv1, bn1, layer1 …; a ReLU is no child, and the shortcut has this
    // name.
    [Fact]
    public void An_ONNX_file_is_called_that()
    {
        string file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.onnx");
        File.WriteAllBytes(file, [8, 8, 18, 6, 83, 105, 109, 67, 108, 114]);
        Should.Throw<InvalidDataException>(() => WeightsFile.Read(file)).Message.ShouldBe($"{file} is an ONNX file, whose weights are not read. Name the run or the weights that it is from.");
        File.Delete(file);
    }

    [Fact]
    public void A_sequence_without_a_ReLU_is_recognised_and_other_layers_in_it_are_checked()
    {
        var state = Under("backbone.", name => name.Replace("downsample", "shortcut", StringComparison.Ordinal) switch
        {
            ['c', .. var rest] => "0" + rest["onv1".Length..],
            ['b', .. var rest] => "1" + rest["n1".Length..],
            var stage => $"{stage["layer".Length] - '1' + 2}{stage["layer1".Length..]}",
        });
        var found = EncoderWeights.Find(state, "x.pth");
        foreach (var (name, tensor) in network.state_dict()) Golden.MaxDifference(found.Encoder[name], tensor).ShouldBe(0, name);

        // fully connected, then a norm
        (state["backbone.8.weight"], state["backbone.8.bias"], state["backbone.9.weight"]) = (ones(7, 32), ones(7), ones(7));
        EncoderWeights.Find(state, "x.pth").Ignored.ShouldBe(["backbone.8.weight", "backbone.8.bias", "backbone.9.weight"]);
        state["backbone.6.weight"] = ones(32); // a norm before it
        Refusal(state).ShouldContain("backbone.6.weight belongs to no layer");
    }

    [Fact]
    public void An_unsupported_tensor_refuses_the_file_only_if_the_encoder_needs_it()
    {
        var state = Under("model.");
        EncoderWeights.Find(state, "x.pth", new Dictionary<string, string> { ["args"] = "of class argparse.Namespace", ["model.queue"] = "of type F8_E4M3" }).Prefix.ShouldBe("model.");
        state.Remove("model.layer1.0.conv1.weight"); // also if the encoder is found by it
        Should.Throw<InvalidDataException>(() => EncoderWeights.Find(state, "x.pth", new Dictionary<string, string> { ["model.layer1.0.conv1.weight"] = "of type F8_E4M3" })).Message
            .ShouldBe("x.pth: model.layer1.0.conv1.weight is of type F8_E4M3, which is not read here.");
    }

    // A network is built only for existing shapes: 512 channels in the first layer do not lead to a ResNet of 15 GB.
    [Fact]
    public void Contradictory_shapes_are_refused_before_a_network_is_built()
    {
        var state = Under("");
        state["conv1.weight"] = zeros(512, 3, 3, 3);
        Refusal(state).ShouldBe("x.pth: bn1.weight is (4), and in a resnet18 × 8 here (512).");
        state["conv1.weight"] = zeros(2, 3, 3, 3);
        Refusal(state).ShouldContain("x.pth: conv1.weight is (2, 3, 3, 3), and no ResNet here: The width factor must lie in [0.0625, 8]");
        state["conv1.weight"] = zeros(4, 2000, 3, 3);
        Refusal(state).ShouldContain("channels must lie in [1, 1024]");
        state = Under("");
        state.Remove("layer4.0.bn2.weight");
        Refusal(state).ShouldBe("x.pth lacks layer4.0.bn2.weight: it is no whole resnet18 × 0.0625.");
        state = Under("");
        state["layer4.0.bn2.weight"] = zeros([]);
        Refusal(state).ShouldContain("layer4.0.bn2.weight is ()");
    }

    [Theory]
    [InlineData(ResNetDepth.Resnet18, Stem.Small, "a first convolution of stride 1 without max pooling, no anti-aliasing where it strides, ReLU")]
    [InlineData(ResNetDepth.Resnet50, Stem.Imagenet, "a first convolution of stride 2 with max pooling behind it, strides in the blocks' second convolution (v1.5), no anti-aliasing where it strides, ReLU")]
    public void Properties_that_names_and_shapes_leave_open_are_reported_as_guesses(ResNetDepth arch, Stem stem, string said)
    {
        using var other = Build(new ResNetOptions { Arch = arch, Stem = stem, Width = 0.0625 });
        string.Join(", ", EncoderWeights.Find(other.state_dict(), "x").Guesses).ShouldBe(said);
    }

    // A ResNet-18 with 4 channels in Python, as other programs write it, and its features by PyTorch.
    [Theory]
    [Trait("Duration", "Long")]
    [InlineData("shortcut", "False", null)]
    [InlineData("downsample", "False", null)]
    [InlineData("shortcut", "True", "module.layer1.0.se.0.weight belongs to no layer")]
    public void A_PyTorch_file_gives_PyTorchs_features_or_is_refused(string shortcut, string se, string? refusal)
    {
        using var folder = new TempFolder();
        string file = folder.At("x.pth"), features = folder.At("y.pth");
        Python.Run($$"""
            import torch, torch.nn as nn
            class Block(nn.Module):
                def __init__(s, i, o, st):
                    super().__init__(); s.conv1 = nn.Conv2d(i, o, 3, st, 1, bias=False); s.bn1 = nn.BatchNorm2d(o); s.conv2 = nn.Conv2d(o, o, 3, 1, 1, bias=False); s.bn2 = nn.BatchNorm2d(o)
                    if {{se}}: s.se = nn.Sequential(nn.Conv2d(o, 2, 1), nn.ReLU(), nn.Conv2d(2, o, 1), nn.Sigmoid())
                    s.{{shortcut}} = nn.Sequential(nn.Conv2d(i, o, 1, st, bias=False), nn.BatchNorm2d(o)) if st != 1 or i != o else nn.Sequential()
                def forward(s, x):
                    y = s.bn2(s.conv2(torch.relu(s.bn1(s.conv1(x)))))
                    if {{se}}: y = y * s.se(y.mean((2, 3), keepdim=True))
                    return torch.relu(y + s.{{shortcut}}(x))
            class Net(nn.Module):
                def __init__(s):
                    super().__init__(); s.conv1 = nn.Conv2d(3, 4, 3, 1, 1, bias=False); s.bn1 = nn.BatchNorm2d(4); c = 4
                    for k in range(4): o = 4 << k; setattr(s, f'layer{k + 1}', nn.Sequential(Block(c, o, 2 if k else 1), Block(o, o, 1))); c = o
                def forward(s, x):
                    x = torch.relu(s.bn1(s.conv1(x)))
                    for k in range(4): x = getattr(s, f'layer{k + 1}')(x)
                    return x.mean((2, 3))
            torch.manual_seed(0); m = Net(); m.train(); [m(torch.rand(16, 3, 32, 32)) for _ in range(5)]; m.eval(); x = torch.rand(2, 3, 32, 32)
            torch.save(dict(epoch=3, module=m.state_dict()), '{{file}}'); torch.save(dict(x=x, h=m(x).detach()), '{{features}}')
            """);
        var state = WeightsFile.Read(file);
        if (refusal is not null)
        {
            Refusal(state).ShouldContain(refusal);
            return;
        }
        ModelState.Load(network, EncoderWeights.Find(state, "x.pth").Encoder);
        network.eval();
        using var _ = no_grad();
        var theirs = PyTorchFile.Read(features);
        Golden.MaxDifference(network.call(theirs["x"]), theirs["h"]).ShouldBeLessThan(1e-5);
    }

    private Dictionary<string, Tensor> Under(string prefix, Func<string, string>? renamed = null) =>
        network.state_dict().ToDictionary(t => prefix + (renamed?.Invoke(t.Key) ?? t.Key), t => t.Value);

    private static string Refusal(IReadOnlyDictionary<string, Tensor> state) => Should.Throw<InvalidDataException>(() => EncoderWeights.Find(state, "x.pth")).Message;

    private static ResNet Build(ResNetOptions options)
    {
        using var generator = new Generator(1, CPU);
        return new ResNet(options, 32, generator);
    }
}
