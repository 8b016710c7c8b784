using SimClr.Models;
using SimClr.Tests.Weights;
using SimClr.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

public sealed partial class GoogleWeightsTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    private string At => folder.At("model.ckpt-250228");

    [Theory] // odd and even sides before the pooling: TensorFlow's SAME treats them differently
    [InlineData(18, 4, 7, 36, 2, false)]
    [InlineData(18, 8, 3, 9, 1, false)]
    [InlineData(50, 4, 7, 34, 3, false)]
    [InlineData(50, 4, 7, 38, 3, true)]
    [InlineData(50, 4, 3, 9, 2, true)]
    public void The_mapped_network_follows_TensorFlows_conventions(int depth, int channels, int stem, int side, int headLayers, bool selective)
    {
        var bundle = GoogleCheckpoint.Tf1(depth, channels, stem, headLayers, outputDim: 6, classes: 5, selective: selective);
        using var weights = GoogleWeights.Read(bundle.Write(At));

        weights.EncoderOptions.ShouldBe(new ResNetOptions
        {
            Arch = (ResNetDepth)depth,
            Width = channels / 64.0,
            Stem = stem == 7 ? Stem.Imagenet : Stem.Small,
            SelectiveKernels = selective,
            Layout = ResNetLayout.Google,
        });
        weights.HeadOptions.ShouldBe(new ProjectionHeadOptions { Layers = headLayers, OutputDim = 6 });
        using var model = new SimClrModel(weights.EncoderOptions, weights.HeadOptions!, side, seed: 1);
        ModelState.Load(model.Encoder, weights.Encoder);
        ModelState.Load(model.Head, weights.Head!);
        model.eval();

        var random = new Random(5);
        var image = new double[side, side, 3];
        using var input = zeros(1, 3, side, side);
        for (int i = 0; i < side; i++)
        {
            for (int j = 0; j < side; j++)
            {
                for (int c = 0; c < 3; c++) input[0, c, i, j] = (float)(image[i, j, c] = random.NextSingle());
            }
        }
        var expected = new GoogleForward(bundle, depth, selective);
        var h = expected.Encode(image);
        using var _ = no_grad();
        var features = model.Encoder.call(input);
        Difference(features, h).ShouldBeLessThan(1e-4);
        Difference(model.Head.call(features), expected.Project(h, headLayers)).ShouldBeLessThan(1e-4);
        Difference(features.mm(weights.Classifier!["fc.weight"].t()) + weights.Classifier["fc.bias"], expected.Classify(h)).ShouldBeLessThan(1e-4);
    }

    private static double Difference(Tensor ours, double[] theirs)
    {
        theirs.Max(Math.Abs).ShouldBeInRange(0.1, 1000);
        var values = ours.data<float>().ToArray();
        values.Length.ShouldBe(theirs.Length);
        return values.Zip(theirs, (a, b) => Math.Abs(a - b)).Max() / theirs.Max(Math.Abs);
    }

    // Some of the variables of the published ResNet-50 (4×), as published lists show them.
    [Fact]
    public void Names_and_shapes_equal_those_of_the_published_4x_network()
    {
        var parts = GoogleLayout.Parts(new ResNetOptions { Arch = ResNetDepth.Resnet50, Width = 4, Stem = Stem.Imagenet, Layout = ResNetLayout.Google }).ToDictionary(p => p.Variable);
        parts.Count.ShouldBe(53 * 5);
        (string Variable, string Name, long[] Shape)[] published =
        [
            ("conv2d/kernel", "conv1.weight", [7, 7, 3, 256]),
            ("conv2d_1/kernel", "layer1.0.downsample.0.weight", [1, 1, 256, 1024]),
            ("conv2d_2/kernel", "layer1.0.conv1.weight", [1, 1, 256, 256]),
            ("conv2d_4/kernel", "layer1.0.conv3.weight", [1, 1, 256, 1024]),
            ("conv2d_5/kernel", "layer1.1.conv1.weight", [1, 1, 1024, 256]),
            ("conv2d_11/kernel", "layer2.0.downsample.0.weight", [1, 1, 1024, 2048]),
            ("conv2d_12/kernel", "layer2.0.conv1.weight", [1, 1, 1024, 512]),
            ("conv2d_24/kernel", "layer3.0.downsample.0.weight", [1, 1, 2048, 4096]),
            ("conv2d_43/kernel", "layer4.0.downsample.0.weight", [1, 1, 4096, 8192]),
            ("conv2d_52/kernel", "layer4.2.conv3.weight", [1, 1, 2048, 8192]),
            ("batch_normalization_1/moving_mean", "layer1.0.downsample.1.running_mean", [1024]),
            ("batch_normalization_2/beta", "layer1.0.bn1.bias", [256]),
            ("batch_normalization_43/moving_variance", "layer4.0.downsample.1.running_var", [8192]),
            ("batch_normalization_52/gamma", "layer4.2.bn3.weight", [8192]),
        ];
        foreach (var (variable, name, shape) in published)
        {
            parts[$"base_model/{variable}"].Name.ShouldBe(name);
            parts[$"base_model/{variable}"].Shape.ShouldBe(shape);
        }
    }

    [Theory]
    [InlineData(18, 64, 7, false)]
    [InlineData(18, 128, 3, false)]
    [InlineData(34, 64, 7, false)]
    [InlineData(50, 64, 7, false)]
    [InlineData(50, 128, 7, false)]
    [InlineData(50, 256, 7, false)]
    [InlineData(101, 128, 7, false)]
    [InlineData(152, 192, 7, false)]
    [InlineData(50, 64, 7, true)]
    [InlineData(50, 128, 3, true)]
    [InlineData(101, 128, 7, true)]
    [InlineData(152, 192, 7, true)]
    public void Depth_width_stem_and_paths_are_known_from_the_shapes(int depth, int channels, int stem, bool selective)
    {
        var variables = Shapes(GoogleCheckpoint.Convolutions(depth, channels, stem, selective));
        var options = GoogleLayout.Encoder(variables, "x");
        options.ShouldBe(new ResNetOptions { Arch = (ResNetDepth)depth, Width = channels / 64.0, Stem = stem == 7 ? Stem.Imagenet : Stem.Small, SelectiveKernels = selective, Layout = ResNetLayout.Google });
        foreach (var part in GoogleLayout.Parts(options).Where(p => p.Shape.Length == 4)) variables[part.Variable].Shape.ShouldBe(part.Shape);
        variables.Count.ShouldBe(GoogleLayout.Parts(options).Count(p => p.Shape.Length == 4));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_name_of_a_complete_network_is_found(bool selective)
    {
        var options = new ResNetOptions { Arch = ResNetDepth.Resnet50, Width = 0.0625, SelectiveKernels = selective, Layout = ResNetLayout.Google };
        using var generator = new Generator(1, CPU);
        using var network = new ResNet(options, 224, generator);
        GoogleLayout.Parts(options with { Stem = Stem.Imagenet }).Select(p => p.Name).Order(StringComparer.Ordinal)
            .ShouldBe(network.state_dict().Keys.Where(k => !k.EndsWith("num_batches_tracked", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    private static Dictionary<string, TensorFlowVariable> Shapes(IEnumerable<long[]> convolutions) =>
        convolutions.Select((shape, i) => new TensorFlowVariable($"base_model/{GoogleCheckpoint.Numbered("conv2d", i)}/kernel", ScalarType.Float32, shape)).ToDictionary(v => v.Name);
}
