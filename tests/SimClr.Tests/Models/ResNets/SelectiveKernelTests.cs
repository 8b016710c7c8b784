using SimClr.Models;
using SimClr.Tests.Weights;
using SimClr.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

public sealed class SelectiveKernelTests
{
    private static readonly ResNetOptions Options = new() { Arch = ResNetDepth.Resnet50, Width = 0.0625, Stem = Stem.Imagenet, SelectiveKernels = true };

    // Values that two programs can compute identically.
    private static Tensor Pattern(int seed, params long[] shape)
    {
        double[] values = [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(i => ((long)i * i * 31 + i * 7919L + seed * 104729L) % 2003 / 2003.0)];
        return tensor(values, shape);
    }

    private static ResNet Patterned()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(1, CPU);
        var network = new ResNet(Options, 37, generator);
        foreach (var (i, (name, tensor)) in network.state_dict().Where(t => t.Value.is_floating_point()).OrderBy(t => t.Key, StringComparer.Ordinal).Index())
        {
            var u = Pattern(i, tensor.shape);
            tensor.copy_(tensor.dim() == 4 ? (u - 0.5) * 2 * Math.Sqrt(3.0 / (tensor.numel() / tensor.shape[0]))
                : name.EndsWith("running_var", StringComparison.Ordinal) ? 0.5 + 1.5 * u
                : name.EndsWith("weight", StringComparison.Ordinal) ? 0.5 + u
                : 0.6 * (u - 0.5));
        }
        return network;
    }

    // In float64 with libtorch's operations only. In float32 with one-pass batch norm: "select.norm" has only five values per channel,
    // which magnifies rounding.
    [Theory]
    [InlineData(ScalarType.Float64, 1e-7, 1e-7, 1e-6)]
    [InlineData(ScalarType.Float32, 1e-5, 2e-4, 2e-3)]
    public void A_network_computes_the_features_and_gradients_of_the_formulas(ScalarType type, double evaluation, double training, double gradients)
    {
        using var scope = NewDisposeScope();
        var golden = Golden.Cases("Models/Goldens/selective_kernels.json")[0];
        using var network = Patterned();
        network.to(type);
        var x = Pattern(1000, 5, 3, 37, 37).to(float32).to(type);
        static double Difference(Tensor actual, Tensor expected) => Golden.MaxDifference(actual.flatten(), expected) / expected.abs().max().item<double>();
        network.eval();
        Difference(network.call(x), golden.Tensor("features")).ShouldBeLessThan(evaluation);

        network.train();
        var h = network.call(x);
        Difference(h, golden.Tensor("training_features")).ShouldBeLessThan(training);
        (h * (Pattern(2000, 5, 128) - 0.5).to(type)).sum().backward();
        var parameters = network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        string[] names = [.. network.state_dict().Where(t => t.Value.is_floating_point()).Select(t => t.Key).Order(StringComparer.Ordinal)];
        var expected = golden.GetProperty("gradients").EnumerateArray().ToList();
        expected.Count.ShouldBe(parameters.Count);
        foreach (var gradient in expected)
        {
            var (name, inner, norm) = (gradient[0].GetString()!, gradient[1].GetDouble(), gradient[2].GetDouble());
            var ours = parameters[name].grad!.to(float64);
            var pattern = Pattern(3000 + Array.IndexOf(names, name), ours.shape) - 0.5;
            (Math.Abs((ours * pattern).sum().item<double>() - inner) / (norm * pattern.norm().item<double>())).ShouldBeLessThan(gradients, name);
            ours.norm().item<double>().ShouldBe(norm, 2e-3 * norm, name);
        }
    }

    // SimCLR v2, Table 1: millions of parameters, including moving statistics.
    [Theory]
    [InlineData(ResNetDepth.Resnet50, 1, 24, 35)]
    [InlineData(ResNetDepth.Resnet50, 2, 94, 140)]
    [InlineData(ResNetDepth.Resnet101, 1, 43, 65)]
    [InlineData(ResNetDepth.Resnet101, 2, 170, 257)]
    [InlineData(ResNetDepth.Resnet152, 1, 58, 89)]
    [InlineData(ResNetDepth.Resnet152, 2, 233, 354)]
    [InlineData(ResNetDepth.Resnet152, 3, null, 795)]
    public void Networks_have_as_many_values_as_the_paper_says(ResNetDepth depth, double width, int? plain, int selective)
    {
        var options = Options with { Arch = depth, Width = width };
        static double Millions(ResNetOptions options) => GoogleLayout.Parts(options).Sum(p => p.Shape.Aggregate(1L, (a, b) => a * b)) / 1e6;
        Math.Round(Millions(options)).ShouldBe(selective);
        if (plain is { } count) Math.Round(Millions(options with { SelectiveKernels = false })).ShouldBe(count);
    }

    // TensorFlow: SAME excludes the pixels beyond the end, whereas the zeros of fixed padding count.
    [Fact]
    public void Shortcut_averages_use_TensorFlows_padding()
    {
        using var scope = NewDisposeScope();
        var x = arange(9, float32).reshape(1, 1, 3, 3);
        ProjectionShortcut.Average(x, 1).data<float>().ToArray().ShouldBe([2, 3, 3.5f, 5, 6, 6.5f, 6.5f, 7.5f, 8]);
        ProjectionShortcut.Average(x, 2).data<float>().ToArray().ShouldBe([2, 1.75f, 3.25f, 2]);
        ProjectionShortcut.Average(arange(8, float32).reshape(1, 1, 2, 4), 2).data<float>().ToArray().ShouldBe([2.5f, 4.5f]);
    }

    [Theory]
    [InlineData(Stem.Imagenet)]
    [InlineData(Stem.Small)]
    public void Names_and_shapes_determine_the_network(Stem stem)
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        using var network = OnnxTrial.Build(Options with { Stem = stem }, 32);
        foreach (string file in (string[])["encoder.safetensors", "encoder.pth"])
        {
            if (file.EndsWith(".pth", StringComparison.Ordinal)) PyTorchFile.Write(folder.At(file), network.state_dict(), new Dictionary<string, string>());
            else Safetensors.Write(folder.At(file), network.state_dict(), new Dictionary<string, string>());
            var found = EncoderWeights.Find(WeightsFile.Read(folder.At(file)), file);
            found.Options.ShouldBe(Options with { Stem = stem });
            found.Ignored.ShouldBeEmpty();
            using var other = new ResNet((ResNetOptions)found.Options, 32, new Generator(3, CPU));
            ModelState.Load(other, found.Encoder);
            ModelState.Sha256(other).ShouldBe(ModelState.Sha256(network));
        }
    }

    [Fact]
    public void Paths_and_averages_keep_the_channels_last_order()
    {
        using var scope = NewDisposeScope();
        static bool IsKept(Tensor y) => y.permute(0, 2, 3, 1).is_contiguous();
        var x = ChannelsLast.Of(rand(2, 8, 5, 6));
        IsKept(SelectiveKernel.Mix(x, rand(2, 4, 1, 1))).ShouldBeTrue();
        IsKept(ProjectionShortcut.Average(x, 1)).ShouldBeTrue();
        IsKept(ProjectionShortcut.Average(x, 2)).ShouldBeTrue();
    }

    [Fact]
    public void Training_leaves_only_the_output_alive()
    {
        using var network = Patterned();
        using var x = rand(3, 3, 32, 32);
        network.call(x).Dispose();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using var h = network.call(x);
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.ShouldBe(before + 1);
    }

    [Fact]
    public void Basic_blocks_have_no_selective_kernels() =>
        Should.Throw<ArgumentOutOfRangeException>(() => new ResNet(Options with { Arch = ResNetDepth.Resnet34 }, 32, new Generator(1, CPU))).Message.ShouldContain("take ResNet-50, -101 or -152");
}
