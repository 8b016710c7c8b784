using SimClr.Models;
using SimClr.Tests.Weights;
using TorchSharp;

namespace SimClr.Tests.Models;

public sealed partial class GoogleWeightsTests
{
    private string Refusal(TensorBundle bundle) => Should.Throw<InvalidDataException>(() => GoogleWeights.Read(bundle.Write(At))).Message;

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
        second.Ignored.ShouldBe(["_CHECKPOINTABLE_OBJECT_GRAPH"]);
    }

    [Fact]
    public void An_unknown_TensorFlow_2_layer_is_refused_by_key_and_other_objects_are_left_out()
    {
        var tf1 = GoogleCheckpoint.Tf1(18, 4);
        tf1.Add("attention/kernel", [4], [1, 2, 3, 4]);
        using var beside = GoogleWeights.Read(GoogleCheckpoint.Tf2(tf1, 18, others: ("model/queue", "attention")).Write(At));
        beside.Ignored.Count.ShouldBe(2); // and the graph
        Refusal(GoogleCheckpoint.Tf2(tf1, 18, others: ("model/resnet_model/block_groups/2/layers/1/attention", "attention")))
            .ShouldSatisfyAllConditions(m => m.ShouldContain("belongs to no layer that is known here"), m => m.ShouldContain(beside.Ignored.Single(n => n[0] == 't')));
    }

    // 2,000 groups of 2,000 blocks of 2,000 layers, in a graph of seven objects and 0.1 MB.
    [Fact]
    public void A_graph_whose_lists_contain_each_other_is_refused()
    {
        List<(string, int)> Same(int node) => [.. Enumerable.Range(0, 2000).Select(i => ($"{i}", node))];
        var bundle = new TensorBundle();
        GoogleCheckpoint.AddGraph(bundle, [
            ([("resnet_model", 1)], null), ([("block_groups", 2)], null), (Same(3), null), ([("layers", 4)], null), (Same(5), null), ([("shortcut_layers", 6)], null), (Same(0), null)]);
        Refusal(bundle).ShouldContain("lists of lists without end");
    }

    [Fact]
    public void Training_state_beside_the_weights_is_left_out_and_reported()
    {
        var bundle = GoogleCheckpoint.Tf1(18, 4);
        string[] state = GoogleCheckpoint.AddTrainingState(bundle);
        using var weights = GoogleWeights.Read(bundle.Write(At));
        weights.Ignored.ShouldBe(state);
        weights.HeadOptions.ShouldBeNull();
        weights.Head.ShouldBeNull();
        weights.Classifier.ShouldBeNull();
    }

    [Fact]
    public void Missing_or_unknown_variables_and_other_shapes_are_reported()
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
    public void Values_that_are_not_finite_are_reported(string name, float value)
    {
        var bundle = GoogleCheckpoint.Tf1(18, 4, headLayers: 2, classes: 5);
        var shape = new long[] { name.StartsWith("base", StringComparison.Ordinal) ? 4 : name.EndsWith("bias", StringComparison.Ordinal) ? 5 : 32 };
        bundle.Add(name, shape, [.. Enumerable.Repeat(1f, (int)shape[0] - 1), value]);
        Refusal(bundle).ShouldStartWith($"{At}: {name}");
    }

    [Fact]
    public void Unknown_networks_are_refused_in_one_sentence()
    {
        // Selective kernels on basic blocks would look like this: only the stem of ResNet-D shows.
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
    public void Reading_leaks_no_tensor()
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

        // A damaged tensor among intact ones.
        string data = At + ".data-00000-of-00001";
        byte[] bytes = File.ReadAllBytes(data);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(data, bytes);
        Should.Throw<InvalidDataException>(() => GoogleWeights.Read(At)).Message.ShouldContain("checksum");
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.ShouldBe(before);
    }
}
