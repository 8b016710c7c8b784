using SimClr.Models;
using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Encoders;

/// <summary>
/// An encoder in evaluation mode as ONNX operators. Batch norms are folded into the convolutions before them, in float64:
/// the same function up to float32's rounding, with half the nodes.
/// </summary>
/// <param name="graph">The graph it is added to.</param>
/// <param name="encoder">Borrowed until the graph is written.</param>
internal sealed class OnnxResNet(OnnxGraph graph, ResNet encoder)
{
    private readonly Dictionary<string, Tensor> state = encoder.state_dict();
    private readonly BatchNormFolding folding = new(encoder.state_dict());

    /// <summary>Adds the network; nodes have the names of its modules.</summary>
    /// <param name="x">Views (N, C, S, S).</param>
    /// <param name="imageSize">S.</param>
    /// <returns>The name of h (N, D).</returns>
    public string Add(string x, int imageSize)
    {
        var stem = encoder.Options.Stem;
        foreach (var (convolution, norm, _, stride, _) in ResNet.StemOf(encoder.Options)) x = Relu(Convolve(x, convolution, norm, stride));
        if (stem == Stem.Imagenet) x = MaxPool(x, (imageSize + 1) / 2);
        for (int layer = 1; layer <= 4; layer++)
        {
            int stride = layer == 1 ? 1 : 2;
            for (int block = 0; state.ContainsKey($"layer{layer}.{block}.conv1.weight"); block++, stride = 1)
                x = Block(x, $"layer{layer}.{block}.", stride);
        }
        return graph.Node("h", "Flatten", [graph.Node("avgpool", "GlobalAveragePool", [x])]);
    }

    private string Block(string x, string prefix, int stride)
    {
        int last = state.ContainsKey($"{prefix}conv3.weight") ? 3 : 2;
        bool selective = encoder.Options.SelectiveKernels;
        string y = x;
        for (int i = 1; i <= last; i++)
        {
            y = Convolve(y, $"{prefix}conv{i}", $"{prefix}bn{i}", i == last - 1 ? stride : 1);
            if (i < last) y = Relu(y);
            if (selective && i == last - 1) y = Select(y, $"{prefix}select");
        }
        if (state.ContainsKey($"{prefix}downsample.0.weight"))
        {
            if (selective) x = Average(x, $"{prefix}average", stride);
            x = Convolve(x, $"{prefix}downsample.0", $"{prefix}downsample.1", selective ? 1 : stride);
        }
        return Relu(graph.Node($"{prefix}add", "Add", [y, x]));
    }

    private string Relu(string x) => graph.Node($"{x}.relu", "Relu", [x]);

    // As ResNet.MaxPool: Google's borders depend on the side.
    private string MaxPool(string x, int side)
    {
        long before = encoder.Options.Layout == ResNetLayout.Google ? side % 2 : 1;
        return graph.Node("maxpool", "MaxPool", [x], ("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }), ("pads", new[] { before, before, 1, 1 }));
    }

    // As SelectiveKernel.
    private string Select(string paths, string name)
    {
        long channels = state[$"{name}.expand.weight"].shape[0] / 2, reduced = state[$"{name}.expand.weight"].shape[1];
        string means = graph.Node($"{name}.mean", "GlobalAveragePool", [paths]);
        string weight = graph.Constant($"{name}.reduce.weight", [reduced, 2 * channels, 1, 1], () => folding.Reduce(name));
        string bias = graph.Constant($"{name}.reduce.bias", [reduced], () => folding.Bias($"{name}.norm"));
        string s = Relu(Convolve($"{name}.reduce", [means, weight, bias], 1, 1));
        string a = graph.Node($"{name}.share", "Sigmoid", [Convolve($"{name}.expand", [s, graph.Constant($"{name}.expand.weight", [channels, reduced, 1, 1], () => folding.Expand(name))], 1, 1)]);

        string begin = graph.Constant($"{name}.begin", 0L), half = graph.Constant($"{name}.half", channels), end = graph.Constant($"{name}.end", 2 * channels), axis = graph.Constant($"{name}.axis", 1L);
        string u = graph.Node($"{name}.u", "Slice", [paths, begin, half, axis]), v = graph.Node($"{name}.v", "Slice", [paths, half, end, axis]);
        return graph.Node(name, "Add", [v, graph.Node($"{name}.weighted", "Mul", [a, graph.Node($"{name}.difference", "Sub", [u, v])])]);
    }

    // As ProjectionShortcut.Average: what lies beyond the end counts with stride 2 alone.
    private string Average(string x, string name, long stride) => graph.Node(name, "AveragePool", [x],
        ("kernel_shape", new long[] { 2, 2 }), ("strides", new[] { stride, stride }), ("pads", new long[] { 0, 0, 1, 1 }), ("count_include_pad", stride - 1));

    private string Convolve(string x, string convolution, string norm, long stride)
    {
        long[] shape = state[$"{convolution}.weight"].shape; // (out, in, k, k)
        string weight = graph.Constant($"{convolution}.weight", shape, () => folding.Weight(convolution, norm));
        string bias = graph.Constant($"{convolution}.bias", [shape[0]], () => folding.Bias(norm));
        return Convolve(convolution, [x, weight, bias], shape[2], stride);
    }

    private string Convolve(string name, string[] inputs, long kernel, long stride)
    {
        long border = kernel / 2;
        return graph.Node(name, "Conv", inputs, ("kernel_shape", new[] { kernel, kernel }), ("strides", new[] { stride, stride }), ("pads", new[] { border, border, border, border }));
    }
}
