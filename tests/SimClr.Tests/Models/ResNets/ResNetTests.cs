using SimClr.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

public sealed class ResNetTests
{
    private static ResNet Build(ResNetOptions options, int imageSize = 32)
    {
        using var generator = new Generator(1, CPU);
        return new ResNet(options, imageSize, generator);
    }

    [Theory] // parameters of torchvision's models without fc, from the published totals (11,689,512 with 1,000 classes …)
    [InlineData(ResNetDepth.Resnet18, 11_689_512 - 513_000, 512)]
    [InlineData(ResNetDepth.Resnet34, 21_797_672 - 513_000, 512)]
    [InlineData(ResNetDepth.Resnet50, 25_557_032 - 2_049_000, 2048)]
    [InlineData(ResNetDepth.Resnet101, 44_549_160 - 2_049_000, 2048)]
    [InlineData(ResNetDepth.Resnet152, 60_192_808 - 2_049_000, 2048)]
    public void Parameter_counts_equal_torchvisions(ResNetDepth depth, long parameters, int features)
    {
        using var network = Build(new ResNetOptions { Arch = depth }, imageSize: 224);
        network.parameters().Sum(p => p.numel()).ShouldBe(parameters);
        network.FeatureDim.ShouldBe(features);
    }

    [Fact]
    public void State_dict_names_are_torchvisions()
    {
        using var network = Build(new ResNetOptions { Width = 0.25 });
        network.state_dict().Keys.Order(StringComparer.Ordinal).ShouldBe(TorchvisionOrder().Where(n => !n.StartsWith("fc", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(Stem.Auto, 32, 3, 4)]
    [InlineData(Stem.Auto, 64, 3, 8)]
    [InlineData(Stem.Auto, 96, 7, 3)]
    [InlineData(Stem.SmallStride2, 32, 3, 2)]
    [InlineData(Stem.Imagenet, 32, 7, 1)]
    public void The_stem_decides_the_reduction_of_the_image(Stem stem, int imageSize, int kernel, int lastSide)
    {
        using var scope = NewDisposeScope();
        using var network = Build(new ResNetOptions { Width = 0.25, Stem = stem }, imageSize);
        network.state_dict()["conv1.weight"].shape.ShouldBe([16, 3, kernel, kernel]);

        long[] last = [];
        var layer4 = (TorchSharp.Modules.Sequential)network.named_children().Single(c => c.name == "layer4").module;
        layer4.register_forward_hook((_, _, output) =>
        {
            last = output.shape;
            return output;
        });
        using var _ = no_grad();
        network.call(randn(2, 3, imageSize, imageSize)).shape.ShouldBe([2, 128]);
        last.ShouldBe([2, 128, lastSide, lastSide]);
    }

    [Fact]
    public void With_zero_initialised_norms_every_block_starts_as_its_shortcut()
    {
        using var scope = NewDisposeScope();
        using var network = Build(new ResNetOptions { Width = 0.25 });
        var gammas = network.named_parameters().Where(p => p.name.EndsWith("bn2.weight", StringComparison.Ordinal)).ToList();
        gammas.Count.ShouldBe(8);
        gammas.ShouldAllBe(p => p.parameter.abs().max().item<float>() == 0);

        using var plain = Build(new ResNetOptions { Width = 0.25, ZeroInitResidual = false });
        plain.named_parameters().Where(p => p.name.EndsWith("bn2.weight", StringComparison.Ordinal)).ShouldAllBe(p => p.parameter.min().item<float>() == 1);
    }

    [Fact]
    public void Only_the_seed_decides_the_weights()
    {
        using var scope = NewDisposeScope();
        SimClrModel Model(long seed) => new(new ResNetOptions { Width = 0.125 }, new ProjectionHeadOptions { OutputDim = 16 }, 32, seed);
        using SimClrModel a = Model(5), b = Model(5), c = Model(6);
        var (x, y, z) = (a.state_dict(), b.state_dict(), c.state_dict());
        x.Keys.ShouldAllBe(k => Golden.MaxDifference(x[k], y[k]) == 0);
        Golden.MaxDifference(x["encoder.conv1.weight"], z["encoder.conv1.weight"]).ShouldBeGreaterThan(0.01);
    }

    [Fact]
    public void Only_the_output_stays_alive()
    {
        using var network = Build(new ResNetOptions { Width = 0.25 });
        using var x = randn(2, 3, 32, 32);
        using var _ = no_grad();
        network.call(x).Dispose();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using var h = network.call(x);
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.ShouldBe(before + 1);
    }

    [Fact]
    public void Options_out_of_range_are_reported()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => Build(new ResNetOptions { Width = 0.3 })).Message.ShouldContain("0.3");
        Should.Throw<ArgumentOutOfRangeException>(() => Build(new ResNetOptions { Width = 9 }));
        Should.Throw<ArgumentOutOfRangeException>(() => Build(new ResNetOptions { Arch = (ResNetDepth)20 }));
    }

    // libtorch's strided 1×1 convolution corrupts the heap with few channels and would end the process here
    [Theory]
    [InlineData(4, 8)]
    [InlineData(8, 16)]
    [InlineData(16, 32)]
    public void A_projection_shortcut_is_the_strided_convolution_forward_and_backward(int inputs, int outputs)
    {
        using var scope = NewDisposeScope();
        using var shortcut = new ProjectionShortcut(new ResNetConvolution("0", "1", 1, 2, inputs, outputs), pooling: 0);
        shortcut.state_dict().Keys.ShouldBe(["0.weight", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked"], ignoreOrder: true);
        shortcut.eval(); // then the batch norm only divides by √(1 + ε)
        var (x, upstream) = (rand(32, inputs, 64, 63), rand(32, outputs, 32, 32));
        var nhwc = ChannelsLast.Of(x).detach().requires_grad_(true);
        Tensor y = nn.functional.relu(zeros(1));
        for (int repeated = 0; repeated < 4; repeated++)
        {
            nhwc.grad?.zero_();
            shortcut.zero_grad();
            y = shortcut.call(nhwc);
            y.backward([ChannelsLast.Of(upstream)]);
        }

        var weight = shortcut.state_dict()["0.weight"].detach().to(float64).contiguous().requires_grad_(true);
        var reference = x.to(float64).requires_grad_(true);
        var expected = nn.functional.conv2d(reference, weight, strides: [2, 2]) / Math.Sqrt(1 + 1e-5);
        expected.backward([upstream.to(float64)]);
        Golden.MaxDifference(y, expected).ShouldBeLessThan(1e-5);
        Golden.MaxDifference(nhwc.grad!, reference.grad!).ShouldBeLessThan(1e-4);
        var gradient = shortcut.named_parameters().Single(p => p.name == "0.weight").parameter.grad!;
        (Golden.MaxDifference(gradient, weight.grad!) / weight.grad!.abs().max().item<double>()).ShouldBeLessThan(1e-5);
    }

    [Fact]
    public void Googles_layout_has_first_stage_projections_and_TensorFlows_pooling()
    {
        using var scope = NewDisposeScope();
        using var ours = Build(new ResNetOptions { Width = 0.0625 });
        using var googles = Build(new ResNetOptions { Width = 0.0625, Layout = ResNetLayout.Google });
        googles.state_dict().Keys.Except(ours.state_dict().Keys).Where(k => k.EndsWith("weight", StringComparison.Ordinal))
            .ShouldBe(["layer1.0.downsample.0.weight", "layer1.0.downsample.1.weight"], ignoreOrder: true);

        // TensorFlow's SAME on 4 × 4: windows of rows {0, 1, 2} and {2, 3}; torchvision's: {0, 1} and {1, 2, 3}.
        var x = arange(16, float32).reshape(1, 1, 4, 4);
        ResNet.MaxPool(x, ResNetLayout.Google).data<float>().ToArray().ShouldBe([10, 11, 14, 15]);
        ResNet.MaxPool(x, ResNetLayout.Torchvision).data<float>().ToArray().ShouldBe([5, 7, 13, 15]);
        var odd = arange(25, float32).reshape(1, 1, 5, 5);
        ResNet.MaxPool(odd, ResNetLayout.Google).data<float>().ToArray().ShouldBe(ResNet.MaxPool(odd, ResNetLayout.Torchvision).data<float>().ToArray());
    }

    // The order of torchvision's resnet18().state_dict().
    private static IEnumerable<string> TorchvisionOrder()
    {
        static IEnumerable<string> Norm(string name) =>
            ((string[])["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]).Select(part => $"{name}.{part}");

        yield return "conv1.weight";
        foreach (string name in Norm("bn1")) yield return name;
        for (int layer = 1; layer <= 4; layer++)
        {
            for (int block = 0; block < 2; block++)
            {
                string prefix = $"layer{layer}.{block}.";
                for (int i = 1; i <= 2; i++)
                {
                    yield return $"{prefix}conv{i}.weight";
                    foreach (string name in Norm($"{prefix}bn{i}")) yield return name;
                }
                if (layer == 1 || block == 1) continue;
                yield return $"{prefix}downsample.0.weight";
                foreach (string name in Norm($"{prefix}downsample.1")) yield return name;
            }
        }
        yield return "fc.weight";
        yield return "fc.bias";
    }

    [Theory]
    [InlineData(ResNetDepth.Resnet18, Stem.Small, ResNetLayout.Google, false)]
    [InlineData(ResNetDepth.Resnet34, Stem.Imagenet, ResNetLayout.Torchvision, false)]
    [InlineData(ResNetDepth.Resnet50, Stem.SmallStride2, ResNetLayout.Torchvision, false)]
    [InlineData(ResNetDepth.Resnet50, Stem.Imagenet, ResNetLayout.Google, true)]
    [InlineData(ResNetDepth.Resnet101, Stem.Small, ResNetLayout.Torchvision, true)]
    public void The_description_names_every_tensor_of_the_network_with_its_shape(ResNetDepth arch, Stem stem, ResNetLayout layout, bool selective)
    {
        var options = new ResNetOptions { Arch = arch, Stem = stem, Layout = layout, SelectiveKernels = selective, Width = 0.125, Channels = 5 };
        using var network = Build(options);
        static string Text((string Name, long[] Shape) tensor) => $"{tensor.Name} ({string.Join(", ", tensor.Shape)})";
        network.Topology.Tensors.Select(Text).ShouldBe(network.state_dict().Select(t => Text((t.Key, t.Value.shape))), ignoreOrder: true);
        network.Topology.Convolutions.Last().Outputs.ShouldBe(network.FeatureDim);
    }
}
