using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// A ConvNeXt in eval mode as ONNX operators. LayerScale is folded into the layer before it, in float64. Every value is (N, H, W, C) except
/// around the convolutions.
/// </summary>
/// <param name="graph">The graph it is added to.</param>
/// <param name="encoder">Borrowed until the graph is written.</param>
internal sealed class OnnxConvNeXt(OnnxGraph graph, ConvNeXt encoder)
{
    private readonly Dictionary<string, Tensor> state = encoder.state_dict();

    /// <summary>Adds the network.</summary>
    /// <param name="x">Views (N, C, S, S).</param>
    /// <returns>The name of h (N, D).</returns>
    public string Add(string x)
    {
        var options = encoder.Options;
        x = Norm("features.0.1", Last(Patches("features.0.0", x, options.Patch!.Value)));
        for (int stage = 0; stage < 4; stage++)
        {
            if (stage > 0) x = Last(Patches($"features.{2 * stage}.1", First(Norm($"features.{2 * stage}.0", x)), 2));
            for (int i = 0; i < options.Blocks[stage]; i++) x = Block(x, $"features.{2 * stage + 1}.{i}", options.ChannelsOf(stage));
        }
        return Norm("classifier.0", graph.Node("mean.flat", "Flatten", [graph.Node("mean", "GlobalAveragePool", [First(x)])]));
    }

    private string Block(string x, string name, long channels)
    {
        string y = Last(graph.Node($"{name}.block.0", "Conv",
            [First(x), Constant($"{name}.block.0.weight"), Constant($"{name}.block.0.bias")],
            ("kernel_shape", new long[] { 7, 7 }), ("pads", new long[] { 3, 3, 3, 3 }), ("group", channels)));
        y = OnnxGelu.Add(graph, Linear(Norm($"{name}.block.2", y), $"{name}.block.3", channels, 4 * channels, null));
        return graph.Node(name, "Add", [x, Linear(y, $"{name}.block.5", 4 * channels, channels, Float64($"{name}.layer_scale").flatten())]);
    }

    private string Linear(string x, string name, long inputs, long outputs, Tensor? scale)
    {
        string product = graph.Node($"{name}.product", "MatMul", [x, graph.Constant($"{name}.weight", [inputs, outputs],
            () => scale is null ? Float64($"{name}.weight").t() : (Float64($"{name}.weight") * scale.unsqueeze(1)).t())]);
        return graph.Node(name, "Add", [product, graph.Constant($"{name}.bias", [outputs],
            () => scale is null ? Float64($"{name}.bias") : Float64($"{name}.bias") * scale)]);
    }

    private string Patches(string name, string x, long patch) => graph.Node(name, "Conv",
        [x, Constant($"{name}.weight"), Constant($"{name}.bias")],
        ("kernel_shape", new[] { patch, patch }), ("strides", new[] { patch, patch }));

    private string Norm(string name, string x) => graph.Node(name, "LayerNormalization",
        [x, Constant($"{name}.weight"), Constant($"{name}.bias")], ("axis", -1L), ("epsilon", (float)ConvNeXt.Epsilon));

    private string Last(string x) => graph.Node($"{x}.last", "Transpose", [x], ("perm", new long[] { 0, 2, 3, 1 }));

    private string First(string x) => graph.Node($"{x}.first", "Transpose", [x], ("perm", new long[] { 0, 3, 1, 2 }));

    private string Constant(string name) => graph.Constant(name, state[name].shape, () => Float64(name));

    private Tensor Float64(string name) => state[name].detach().cpu().to(ScalarType.Float64);
}
