using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// A vision transformer in eval mode as ONNX operators. LayerScale is folded into the layers before it, and the attention's 1/√(D/H)
/// into the queries, in float64.
/// </summary>
/// <param name="graph">The graph it is added to.</param>
/// <param name="encoder">Borrowed until the graph is written.</param>
internal sealed class OnnxVisionTransformer(OnnxGraph graph, VisionTransformer encoder)
{
    private readonly Dictionary<string, Tensor> state = encoder.state_dict();
    private readonly long dimensions = encoder.FeatureDim, heads = encoder.Options.HeadCount;

    /// <summary>Adds the network.</summary>
    /// <param name="x">Views (N, C, S, S).</param>
    /// <param name="imageSize">S, a multiple of the patch.</param>
    /// <returns>The name of h (N, D).</returns>
    public string Add(string x, int imageSize)
    {
        var options = encoder.Options;
        int side = imageSize / options.Patch!.Value;
        long patch = options.Patch.Value, patches = side * side;
        long others = options.Registers + (options.Pooling == TokenPooling.Class ? 1 : 0); // tokens before the patches
        string maps = graph.Node("patch_embed", "Conv", [x, Constant("patch_embed.proj.weight"), Constant("patch_embed.proj.bias")],
            ("kernel_shape", new[] { patch, patch }), ("strides", new[] { patch, patch }));
        string rows = graph.Node("patches", "Transpose", [Reshape("patches.flat", maps, 0, dimensions, patches)],
            ("perm", new long[] { 0, 2, 1 }));
        // Room for the other tokens, which the constant of tokens and positions fills.
        if (others > 0) rows = graph.Node("tokens.room", "Pad", [rows, graph.Constant("tokens.pads", 0, others, 0, 0, 0, 0)]);
        string tokens = graph.Node("tokens", "Add",
            [rows, graph.Constant("tokens.positions", [1, others + patches, dimensions], () => Positions(side))]);
        for (int i = 0; i < options.Blocks; i++) tokens = Block(tokens, $"blocks.{i}");
        return options.Pooling == TokenPooling.Class
            ? Norm("norm", graph.Node("class", "Gather", [tokens, graph.Scalar("class.index", 0)], ("axis", 1L)))
            : Norm("fc_norm", graph.Node("mean.flat", "Flatten", [graph.Node("mean", "GlobalAveragePool", [graph.Node("mean.columns",
                "Transpose", [graph.Node("mean.patches", "Slice", [tokens, graph.Constant("mean.begin", others),
                    graph.Constant("mean.end", others + patches), graph.Constant("mean.axis", 1)])], ("perm", new long[] { 0, 2, 1 }))])]));
    }

    private string Block(string x, string name)
    {
        string y = Attend(Norm($"{name}.norm1", x), $"{name}.attn", $"{name}.ls1.gamma");
        x = graph.Node($"{name}.middle", "Add", [x, y]);
        y = Linear(Gelu(Linear(Norm($"{name}.norm2", x), $"{name}.mlp.fc1", 4 * dimensions)), $"{name}.mlp.fc2", dimensions,
            scale: $"{name}.ls2.gamma");
        return graph.Node(name, "Add", [x, y]);
    }

    private string Attend(string x, string name, string scale)
    {
        string[] parts = [.. ((string[])["q", "k", "v"]).Select((part, i) => graph.Node($"{name}.{part}.heads", "Transpose",
            [Reshape($"{name}.{part}.split", Linear(x, $"{name}.qkv", dimensions, part, i), 0, 0, heads, dimensions / heads)],
            ("perm", part == "k" ? new long[] { 0, 2, 3, 1 } : [0, 2, 1, 3])))];
        string shares = graph.Node($"{name}.shares", "Softmax", [graph.Node($"{name}.products", "MatMul", [parts[0], parts[1]])],
            ("axis", -1L));
        string joined = graph.Node($"{name}.joined", "Transpose", [graph.Node($"{name}.values", "MatMul", [shares, parts[2]])],
            ("perm", new long[] { 0, 2, 1, 3 }));
        return Linear(Reshape($"{name}.flat", joined, 0, 0, dimensions), $"{name}.proj", dimensions, scale: scale);
    }

    // A fully connected layer, or a third of one: the part with this number.
    private string Linear(string x, string name, long outputs, string? part = null, int number = 0, string? scale = null)
    {
        string full = part is null ? name : $"{name}.{part}";
        Tensor Rows(string of)
        {
            var rows = Float64($"{name}.{of}").narrow(0, number * outputs, outputs);
            if (part == "q") rows = rows / Math.Sqrt((double)dimensions / heads);
            if (scale is null || !state.ContainsKey(scale)) return rows;
            var factors = Float64(scale);
            return rows * (of == "weight" ? factors.unsqueeze(1) : factors);
        }
        string product = graph.Node($"{full}.product", "MatMul",
            [x, graph.Constant($"{full}.weight", [state[$"{name}.weight"].shape[1], outputs], () => Rows("weight").t())]);
        return graph.Node(full, "Add", [product, graph.Constant($"{full}.bias", [outputs], () => Rows("bias"))]);
    }

    // x/2 · (1 + erf(x/√2)): the operator Gelu came with a later version.
    private string Gelu(string x) => OnnxGelu.Add(graph, x);

    private string Norm(string name, string x) => graph.Node(name, "LayerNormalization",
        [x, Constant($"{name}.weight"), Constant($"{name}.bias")], ("axis", -1L), ("epsilon", (float)VisionTransformer.Epsilon));

    private string Reshape(string name, string x, params long[] shape) =>
        graph.Node(name, "Reshape", [x, graph.Constant($"{name}.shape", shape)]);

    private string Constant(string name) => graph.Constant(name, state[name].shape, () => Float64(name));

    // (1, T, D): class token, registers, positions.
    private Tensor Positions(int side)
    {
        var positions = encoder.PositionsFor(side).detach().cpu().to(ScalarType.Float64);
        if (!state.ContainsKey("cls_token")) return state.ContainsKey("reg_token") ? cat([Float64("reg_token"), positions], 1) : positions;
        var first = Float64("cls_token") + positions.narrow(1, 0, 1);
        var rest = positions.narrow(1, 1, positions.shape[1] - 1);
        return cat(state.ContainsKey("reg_token") ? [first, Float64("reg_token"), rest] : [first, rest], 1);
    }

    private Tensor Float64(string name) => state[name].detach().cpu().to(ScalarType.Float64);
}
