using SimClr.IO;
using SimClr.Weights;

namespace SimClr.Models;

/// <summary>
/// The variables of a google-research/simclr checkpoint, under the names of its TensorFlow 1 code: <c>base_model/conv2d_N/kernel</c> and
/// <c>base_model/batch_normalization_N/gamma</c>, numbered in the order of creation.
/// </summary>
/// <remarks>
/// The order is that of <c>resnet.py</c> (commit 383d414): in a block with a projection the shortcut comes first. TensorFlow 2's code has
/// the same layers as fields of objects; here they are numbered in the same order.
/// </remarks>
internal static class GoogleVariables
{
    /// <summary>The variables of a checkpoint of either code.</summary>
    /// <exception cref="InvalidDataException">The network has unknown layers, or the checkpoint contradicts itself.</exception>
    public static IReadOnlyDictionary<string, TensorFlowVariable> Of(TensorFlowCheckpoint checkpoint)
    {
        if (!checkpoint.Variables.ContainsKey(TensorFlowObjectGraph.Key)) return checkpoint.Variables;
        var graph = new TensorFlowObjectGraph(checkpoint.ReadText(TensorFlowObjectGraph.Key), checkpoint.Prefix);
        var variables = new Dictionary<string, TensorFlowVariable>(StringComparer.Ordinal);
        int convolutions = 0, norms = 0;

        var model = graph.WithField("resnet_model");
        var network = graph.At(model, "resnet_model");
        foreach (int layer in graph.List(network, "initial_conv_relu_max_pool")) Layer(layer);
        foreach (int group in graph.List(network, "block_groups"))
        {
            foreach (int block in graph.List(group, "layers"))
            {
                if (graph.At(block, "se_layer") is not null) throw GoogleLayout.Excited(checkpoint.Prefix);
                foreach (string list in (string[])["shortcut_layers", "projection_layers", "conv2d_bn_layers",
                    "conv_relu_dropblock_layers"])
                {
                    foreach (int layer in graph.List(block, list)) Layer(layer);
                }
            }
        }
        var taken = variables.Values.Select(v => v.Name).ToHashSet(StringComparer.Ordinal);
        if (graph.VariablesBelow(network)
            .FirstOrDefault(key => !taken.Contains(key) && checkpoint.Variables.ContainsKey(key)) is { } unknown)
            throw new InvalidDataException(
                $"{checkpoint.Prefix}.index: '{Excerpt.Of(unknown)}' hangs in the network and belongs to no layer that is known here.");
        int dense = 0;
        foreach (int layer in graph.List(graph.At(model, "_projection_head"), "linear_layers"))
        {
            Add($"head_contrastive/nl_{dense}/dense", graph.At(layer, "dense"));
            Add($"head_contrastive/nl_{dense++}/batch_normalization", graph.At(layer, "bn_relu", "bn"));
        }
        Add("head_supervised/linear_layer/dense", graph.At(model, "supervised_head", "linear_layer", "dense"));
        return variables;

        void Layer(int layer)
        {
            Convolution(graph.At(layer, "conv2d"));
            Norm(graph.At(layer, "bn"));
            if (graph.At(layer, "conv2d_fixed_padding") is null) return; // else selective kernels
            Convolution(graph.At(layer, "conv2d_fixed_padding", "conv2d"));
            Norm(graph.At(layer, "batch_norm_relu", "bn"));
            Convolution(graph.At(layer, "conv2d_0"));
            Norm(graph.At(layer, "batch_norm_relu_1", "bn"));
            Convolution(graph.At(layer, "conv2d_1"));
        }

        void Convolution(int? layer)
        {
            if (layer is not null) Add($"base_model/{GoogleLayout.Numbered("conv2d", convolutions++)}", layer);
        }

        void Norm(int? layer)
        {
            if (layer is not null) Add($"base_model/{GoogleLayout.Numbered("batch_normalization", norms++)}", layer);
        }

        void Add(string scope, int? layer)
        {
            if (layer is not { } node) return;
            foreach (var (field, key) in graph.Variables(node))
            {
                variables[$"{scope}/{field}"] = checkpoint.Variables.GetValueOrDefault(key)
                    ?? throw new InvalidDataException($"{checkpoint.Prefix}.index lacks '{key}', which its object graph names.");
            }
        }
    }
}
