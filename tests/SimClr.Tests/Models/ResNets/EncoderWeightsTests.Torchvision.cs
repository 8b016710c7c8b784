using SimClr.Models;
using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

public sealed partial class EncoderWeightsTests
{
    [Fact]
    public void Torchvisions_own_file_gives_torchvisions_features_and_logits()
    {
        string folder = SharedFolder.Find("goldens");
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var found = EncoderWeights.Find(WeightsFile.Read(Path.Combine(folder, "torchvision_resnet18.pth")), "torchvision_resnet18.pth");
        found.Options.ShouldBe(new ResNetOptions { Stem = Stem.Imagenet });
        found.Prefix.ShouldBe("");
        found.Ignored.ShouldBeEmpty();

        using var network = Build((ResNetOptions)found.Options);
        ModelState.Load(network, found.Encoder);
        network.eval();
        var golden = Golden.Cases(Path.Combine(folder, "torchvision_resnet18.json"))[0];
        var features = network.call(golden.Tensor("input").to(float32));
        Golden.MaxDifference(features, golden.Tensor("features")).ShouldBeLessThan(1e-4);
        var (weight, bias) = found.Classifier!.Value;
        Golden.MaxDifference(features.mm(weight.t()) + bias, golden.Tensor("logits")).ShouldBeLessThan(1e-4);
    }

    // The purpose of writing: torchvision loads the file strictly and computes the same features.
    [Theory]
    [Trait("Duration", "Long")]
    [InlineData(".pth", "torch.load")]
    [InlineData(".safetensors", "read")]
    public void Torchvision_loads_our_files_strictly_and_computes_the_same_features(string extension, string loader)
    {
        using var folder = new TempFolder();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var network = Build(new ResNetOptions { Stem = Stem.Imagenet });
        Randomize(network);
        var x = rand(2, 3, 64, 64);
        network.eval();
        var state = network.state_dict();
        state["fc.weight"] = randn(7, 512);
        state["fc.bias"] = randn(7);
        var logits = network.call(x).mm(state["fc.weight"].t()) + state["fc.bias"];

        string weights = folder.At("weights" + extension), input = folder.At("x.pth"), output = folder.At("y.pth");
        if (extension == ".pth") PyTorchFile.Write(weights, state);
        else Safetensors.Write(weights, state);
        PyTorchFile.Write(input, new Dictionary<string, Tensor> { ["x"] = x });
        Python.Run($"""
            import json, struct, torch, torchvision
            def read(path):
                b = open(path, 'rb').read()
                n = struct.unpack('<Q', b[:8])[0]
                types = dict(F32=torch.float32, I64=torch.int64)
                return dict((k, torch.frombuffer(bytearray(b[8 + n:][v['data_offsets'][0]:v['data_offsets'][1]]), dtype=types[v['dtype']]).reshape(v['shape']))
                            for k, v in json.loads(b[8:8 + n]).items() if k != '__metadata__')
            m = torchvision.models.resnet18(num_classes=7)
            print(m.load_state_dict({loader}('{weights}'), strict=True))
            m.eval()
            torch.save(dict(y=m(torch.load('{input}')['x'])), '{output}')
            """).ShouldContain("All keys matched");
        var theirs = PyTorchFile.Read(output)["y"];
        (Golden.MaxDifference(theirs, logits) / logits.abs().max().item<float>()).ShouldBeLessThan(1e-4);
    }

    private static void Randomize(nn.Module network)
    {
        foreach (var (name, tensor) in network.state_dict())
        {
            if (name.EndsWith("running_var", StringComparison.Ordinal)) tensor.uniform_(0.5, 1.5);
            else if (name.EndsWith("running_mean", StringComparison.Ordinal) || name.Contains("bn", StringComparison.Ordinal) && tensor.is_floating_point()) tensor.normal_(0.5, 0.3);
        }
    }
}
