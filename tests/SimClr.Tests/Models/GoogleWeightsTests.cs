using SimClr.Models;
using SimClr.Tests.Weights;
using SimClr.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

public sealed class GoogleWeightsTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    private string At => folder.At("model.ckpt-250228");

    private string Refusal(TensorBundle bundle) => Should.Throw<InvalidDataException>(() => GoogleWeights.Read(bundle.Write(At))).Message;

    [Theory] // odd and even sides before the pooling: TensorFlow's SAME is different for them
    [InlineData(18, 4, 7, 36, 2, false)]
    [InlineData(18, 8, 3, 9, 1, false)]
    [InlineData(50, 4, 7, 34, 3, false)]
    [InlineData(50, 4, 7, 38, 3, true)]
    [InlineData(50, 4, 3, 9, 2, true)]
    public void The_mapped_network_computes_what_tensorflows_conventions_say(int depth, int channels, int stem, int side, int headLayers, bool selective)
    {
        var bundle = GoogleCheckpoint.Tf1(depth, channels, stem, headLayers, outputDim: 6, classes: 5, selective: selective);
        using var weights = GoogleWeights.Read(bundle.Write(At));

        weights.EncoderOptions.ShouldBe(new EncoderOptions
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

    // Some of the variables of the published ResNet-50 (4×), as its users list them.
    [Fact]
    public void Names_and_shapes_of_the_published_4x_network_are_these()
    {
        var parts = GoogleLayout.Parts(new EncoderOptions { Arch = ResNetDepth.Resnet50, Width = 4, Stem = Stem.Imagenet, Layout = ResNetLayout.Google }).ToDictionary(p => p.Variable);
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
        options.ShouldBe(new EncoderOptions { Arch = (ResNetDepth)depth, Width = channels / 64.0, Stem = stem == 7 ? Stem.Imagenet : Stem.Small, SelectiveKernels = selective, Layout = ResNetLayout.Google });
        foreach (var part in GoogleLayout.Parts(options).Where(p => p.Shape.Length == 4)) variables[part.Variable].Shape.ShouldBe(part.Shape);
        variables.Count.ShouldBe(GoogleLayout.Parts(options).Count(p => p.Shape.Length == 4));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_name_of_a_whole_network_is_there(bool selective)
    {
        var options = new EncoderOptions { Arch = ResNetDepth.Resnet50, Width = 0.0625, SelectiveKernels = selective, Layout = ResNetLayout.Google };
        using var generator = new Generator(1, CPU);
        using var network = new ResNet(options, 224, generator);
        GoogleLayout.Parts(options with { Stem = Stem.Imagenet }).Select(p => p.Name).Order(StringComparer.Ordinal)
            .ShouldBe(network.state_dict().Keys.Where(k => !k.EndsWith("num_batches_tracked", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(18, false)]
    [InlineData(50, false)]
    [InlineData(50, true)]
    public void TensorFlow_2_stores_the_same_network_under_other_keys(int depth, bool selective)
    {
        var tf1 = GoogleCheckpoint.Tf1(depth, 4, headLayers: 3, classes: 5, shards: 2, selective: selective);
        using var first = GoogleWeights.Read(tf1.Write(At));
        using var second = GoogleWeights.Read(GoogleCheckpoint.Tf2(tf1, depth, selective).Write(folder.At("tf2")));

        second.EncoderOptions.ShouldBe(first.EncoderOptions);
        second.HeadOptions.ShouldBe(first.HeadOptions);
        foreach (var (a, b) in new[] { (first.Encoder, second.Encoder), (first.Head!, second.Head!), (first.Classifier!, second.Classifier!) })
        {
            b.Keys.Order().ShouldBe(a.Keys.Order());
            a.Keys.ShouldAllBe(k => a[k].Equals(b[k]));
        }
        second.LeftOut.ShouldBe(["_CHECKPOINTABLE_OBJECT_GRAPH"]);
    }

    [Fact]
    public void A_layer_of_TensorFlow_2_that_is_not_here_is_refused_by_its_key_and_what_hangs_beside_the_network_is_left_out()
    {
        var tf1 = GoogleCheckpoint.Tf1(18, 4);
        tf1.Add("attention/kernel", [4], [1, 2, 3, 4]);
        using var beside = GoogleWeights.Read(GoogleCheckpoint.Tf2(tf1, 18, others: ("model/queue", "attention")).Write(At));
        beside.LeftOut.Count.ShouldBe(2); // and the graph
        Refusal(GoogleCheckpoint.Tf2(tf1, 18, others: ("model/resnet_model/block_groups/2/layers/1/attention", "attention")))
            .ShouldSatisfyAllConditions(m => m.ShouldContain("belongs to no layer that is known here"), m => m.ShouldContain(beside.LeftOut.Single(n => n[0] == 't')));
    }

    // 2,000 groups of 2,000 blocks of 2,000 layers, in a graph of seven objects and 0.1 MB.
    [Fact]
    public void A_graph_of_lists_that_are_one_list_is_refused()
    {
        List<(string, int)> Same(int node) => [.. Enumerable.Range(0, 2000).Select(i => ($"{i}", node))];
        var bundle = new TensorBundle();
        GoogleCheckpoint.AddGraph(bundle, [
            ([("resnet_model", 1)], null), ([("block_groups", 2)], null), (Same(3), null), ([("layers", 4)], null), (Same(5), null), ([("shortcut_layers", 6)], null), (Same(0), null)]);
        Refusal(bundle).ShouldContain("lists of lists without end");
    }

    [Fact]
    public void What_a_training_leaves_beside_the_weights_is_left_out_and_named()
    {
        var bundle = GoogleCheckpoint.Tf1(18, 4);
        string[] state = GoogleCheckpoint.AddTrainingState(bundle);
        using var weights = GoogleWeights.Read(bundle.Write(At));
        weights.LeftOut.ShouldBe(state);
        weights.HeadOptions.ShouldBeNull();
        weights.Head.ShouldBeNull();
        weights.Classifier.ShouldBeNull();
    }

    [Fact]
    public void Missing_and_unknown_variables_and_other_shapes_are_named()
    {
        string Without(string name)
        {
            var bundle = GoogleCheckpoint.Tf1(18, 4, headLayers: 2, classes: 5);
            bundle.Index.Remove(name).ShouldBeTrue();
            return Refusal(bundle);
        }
        string With(string name, params long[] shape)
        {
            var bundle = GoogleCheckpoint.Tf1(18, 4, headLayers: 2, classes: 5);
            bundle.Add(name, shape, new float[shape.Aggregate((a, b) => a * b)]);
            return Refusal(bundle);
        }
        foreach (string name in (string[])
                 ["base_model/conv2d/kernel", "base_model/conv2d_1/kernel", "base_model/conv2d_7/kernel", "base_model/batch_normalization_20/beta",
                  "head_contrastive/nl_0/batch_normalization/beta", "head_contrastive/nl_1/batch_normalization/moving_mean", "head_supervised/linear_layer/dense/bias"])
        {
            Without(name).ShouldStartWith($"{At} lacks {name}");
        }
        With("base_model/dense/kernel", 1).ShouldContain("base_model/dense/kernel belongs to no layer");
        With("base_model/batch_normalization_21/gamma", 1).ShouldContain("base_model/batch_normalization_21/gamma belongs to no layer");
        With("head_contrastive/nl_3/dense/kernel", 1).ShouldContain("head_contrastive/nl_3/dense/kernel belongs to no layer");
        With("base_model/conv2d_9/kernel", 3, 3, 8, 9).ShouldContain("base_model/conv2d_9/kernel is (3, 3, 8, 9) instead of (3, 3, 8, 8)");
        With("head_contrastive/nl_0/dense/kernel", 32, 31).ShouldContain("is (32, 31) instead of (32, 32)");
        With("base_model/conv2d_2/kernel", 3).ShouldContain("has 1 axes instead of 4");
        var integers = GoogleCheckpoint.Tf1(18, 4);
        integers.Add("base_model/batch_normalization_3/beta", TensorBundle.Int64, [4], new byte[32]);
        Refusal(integers).ShouldContain("base_model/batch_normalization_3/beta holds no floating-point numbers");
    }

    [Theory]
    [InlineData("base_model/batch_normalization_3/beta", float.NaN)]
    [InlineData("base_model/batch_normalization_3/moving_variance", -1f)]
    [InlineData("head_contrastive/nl_0/batch_normalization/gamma", float.PositiveInfinity)]
    [InlineData("head_supervised/linear_layer/dense/bias", float.NaN)]
    public void Values_that_are_not_finite_are_named(string name, float value)
    {
        var bundle = GoogleCheckpoint.Tf1(18, 4, headLayers: 2, classes: 5);
        var shape = new long[] { name.StartsWith("base", StringComparison.Ordinal) ? 4 : name.EndsWith("bias", StringComparison.Ordinal) ? 5 : 32 };
        bundle.Add(name, shape, [.. Enumerable.Repeat(1f, (int)shape[0] - 1), value]);
        Refusal(bundle).ShouldStartWith($"{At}: {name}");
    }

    [Fact]
    public void Networks_that_are_not_here_are_refused_in_one_sentence()
    {
        // What selective kernels would be on basic blocks: ResNet-D's stem alone tells.
        var deep = Shapes([[3, 3, 3, 32], [3, 3, 32, 32], [3, 3, 32, 64], [1, 1, 64, 64], [3, 3, 64, 64], [3, 3, 64, 64]]);
        Should.Throw<InvalidDataException>(() => GoogleLayout.Encoder(deep, "x")).Message.ShouldContain("ResNet-D's stem without selective kernels");
        Should.Throw<InvalidDataException>(() => GoogleLayout.Encoder(Shapes(GoogleCheckpoint.Convolutions(200, 64)), "x")).Message.ShouldContain("203 convolutions in bottleneck blocks");
        Should.Throw<InvalidDataException>(() => GoogleLayout.Encoder(Shapes([[5, 5, 3, 64], [1, 1, 64, 256], [1, 1, 64, 64]]), "x")).Message.ShouldContain("(5, 5, 3, 64)");
        var excited = GoogleCheckpoint.Tf1(18, 4);
        excited.Add("base_model/conv2d_4/bias", [4], new float[4]);
        Refusal(excited).ShouldContain("squeeze-and-excitation");
        Refusal(new TensorBundle()).ShouldContain("lacks base_model/conv2d/kernel: it is no SimCLR checkpoint");
    }

    [Fact]
    public void Reading_leaves_no_tensor_behind_but_its_own()
    {
        var bundle = GoogleCheckpoint.Tf1(18, 4, headLayers: 2, classes: 5);
        bundle.Write(At);
        GoogleWeights.Read(At).Dispose();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var weights = GoogleWeights.Read(At))
        {
            (DisposeScopeManager.Statistics.ThreadTotalLiveCount - before).ShouldBe(weights.Encoder.Count + weights.Head!.Count + weights.Classifier!.Count);
        }
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.ShouldBe(before);

        // A damaged tensor in the middle.
        string data = At + ".data-00000-of-00001";
        byte[] bytes = File.ReadAllBytes(data);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(data, bytes);
        Should.Throw<InvalidDataException>(() => GoogleWeights.Read(At)).Message.ShouldContain("checksum");
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.ShouldBe(before);
    }

    private static Dictionary<string, TensorFlowVariable> Shapes(IEnumerable<long[]> convolutions) =>
        convolutions.Select((shape, i) => new TensorFlowVariable($"base_model/{GoogleCheckpoint.Numbered("conv2d", i)}/kernel", ScalarType.Float32, shape)).ToDictionary(v => v.Name);
}
