using SimClr.Weights;

namespace SimClr.Models;

/// <summary>
/// A ResNet in eval mode as ONNX operators. Batch norms are folded into the convolutions before them, in float64. The function is the same
/// within float32 rounding, with half the nodes.
/// </summary>
/// <param name="graph">The graph it is added to.</param>
/// <param name="encoder">Borrowed until the graph is written.</param>
internal sealed class OnnxResNet(OnnxGraph graph, ResNet encoder)
{
    private readonly BatchNormFolding folding = new(encoder.state_dict());

    /// <summary>Adds the network. The nodes have the names of its modules.</summary>
    /// <param name="x">Views (N, C, S, S).</param>
    /// <param name="imageSize">S.</param>
    /// <returns>The name of h (N, D).</returns>
    public string Add(string x, int imageSize)
    {
        var topology = encoder.Topology;
        int side = imageSize;
        foreach (var convolution in topology.StemConvolutions)
        {
            x = Relu(Convolve(x, convolution));
            side = convolution.SideAfter(side);
        }
        if (topology.HasMaxPool) x = MaxPool(x, side);
        foreach (var block in topology.Stages.SelectMany(stage => stage)) x = Block(x, block);
        return graph.Node("h", "Flatten", [graph.Node("avgpool", "GlobalAveragePool", [x])]);
    }

    private string Block(string x, ResNetBlock block)
    {
        string y = x;
        foreach (var convolution in block.Convolutions.SkipLast(1)) y = Relu(Convolve(y, convolution));
        if (block.Selection is { } selection) y = Select(y, selection);
        y = Convolve(y, block.Convolutions[^1]);
        if (block.ShortcutPooling > 0) x = Average(x, $"{block.Name}.average", block.ShortcutPooling);
        if (block.Shortcut is { } shortcut) x = Convolve(x, shortcut);
        return Relu(graph.Node($"{block.Name}.add", "Add", [y, x]));
    }

    private string Relu(string x) => graph.Node($"{x}.relu", "Relu", [x]);

    // As ResNet.MaxPool: Google's padding depends on the side.
    private string MaxPool(string x, int side)
    {
        long before = encoder.Topology.Layout == ResNetLayout.Google ? side % 2 : 1;
        return graph.Node("maxpool", "MaxPool", [x], ("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }),
            ("pads", new[] { before, before, 1, 1 }));
    }

    // As SelectiveKernel.
    private string Select(string paths, ResNetSelection selection)
    {
        string name = selection.Name;
        long channels = selection.Reduce.Inputs, reduced = selection.Reduce.Outputs;
        string means = graph.Node($"{name}.mean", "GlobalAveragePool", [paths]);
        string weight =
            graph.Constant($"{name}.reduce.weight", [reduced, 2 * channels, 1, 1], () => FoldedSelectiveKernel.Reduce(folding, selection));
        string bias = graph.Constant($"{name}.reduce.bias", [reduced], () => folding.Bias(selection.Reduce.Norm!));
        string s = Relu(Convolve($"{name}.reduce", [means, weight, bias], 1, 1));
        string a = graph.Node($"{name}.share", "Sigmoid", [Convolve($"{name}.expand", [s, graph.Constant(
            $"{name}.expand.weight", [channels, reduced, 1, 1], () => FoldedSelectiveKernel.Expand(folding, selection))], 1, 1)]);

        string begin = graph.Constant($"{name}.begin", 0L), half = graph.Constant($"{name}.half", channels),
            end = graph.Constant($"{name}.end", 2 * channels), axis = graph.Constant($"{name}.axis", 1L);
        string u = graph.Node($"{name}.u", "Slice", [paths, begin, half, axis]);
        string v = graph.Node($"{name}.v", "Slice", [paths, half, end, axis]);
        return graph.Node(name, "Add", [v, graph.Node($"{name}.weighted", "Mul", [a, graph.Node($"{name}.difference", "Sub", [u, v])])]);
    }

    // As ProjectionShortcut.Average: pixels beyond the end count only with stride 2.
    private string Average(string x, string name, long stride) => graph.Node(name, "AveragePool", [x],
        ("kernel_shape", new long[] { 2, 2 }), ("strides", new[] { stride, stride }), ("pads", new long[] { 0, 0, 1, 1 }),
        ("count_include_pad", stride - 1));

    private string Convolve(string x, ResNetConvolution c)
    {
        string weight =
            graph.Constant($"{c.Name}.weight", [c.Outputs, c.Inputs, c.Kernel, c.Kernel], () => folding.Weight(c.Name, c.Norm!));
        string bias = graph.Constant($"{c.Name}.bias", [c.Outputs], () => folding.Bias(c.Norm!));
        return Convolve(c.Name, [x, weight, bias], c.Kernel, c.Stride);
    }

    private string Convolve(string name, string[] inputs, long kernel, long stride)
    {
        long border = kernel / 2;
        return graph.Node(name, "Conv", inputs, ("kernel_shape", new[] { kernel, kernel }), ("strides", new[] { stride, stride }),
            ("pads", new[] { border, border, border, border }));
    }
}
