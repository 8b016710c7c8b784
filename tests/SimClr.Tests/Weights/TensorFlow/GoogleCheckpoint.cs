using System.Text;

namespace SimClr.Tests.Weights;

/// <summary>
/// Checkpoints with the names, shapes and order of google-research/simclr (resnet.py, model_util.py), filled with random values.
/// </summary>
internal static class GoogleCheckpoint
{
    /// <summary>
    /// The shapes of the convolutions (k, k, in, out) in creation order: the first block of every group starts with its shortcut.
    /// </summary>
    public static IEnumerable<long[]> Convolutions(int depth, int channels, int stem = 7, bool selective = false) => Layers(depth, channels, stem, selective).Select(l => l.Shape);

    // The flag says whether a batch norm follows.
    private static IEnumerable<(long[] Shape, bool Norm)> Layers(int depth, int channels, int stem, bool selective)
    {
        int[] groups = depth switch { 18 => [2, 2, 2, 2], 34 or 50 => [3, 4, 6, 3], 101 => [3, 4, 23, 3], 152 => [3, 8, 36, 3], _ => [3, 24, 36, 3] };
        long inputs = channels;
        if (selective && stem == 7)
        {
            yield return ([3, 3, 3, channels / 2], true);
            yield return ([3, 3, channels / 2, channels / 2], true);
            yield return ([3, 3, channels / 2, channels], true);
        }
        else yield return ([stem, stem, 3, channels], true);
        for (int group = 0; group < 4; group++)
        {
            long filters = channels * (1 << group), outputs = depth < 50 ? filters : 4 * filters;
            for (int block = 0; block < groups[group]; block++)
            {
                if (block == 0) yield return ([1, 1, inputs, outputs], true);
                if (depth < 50)
                {
                    yield return ([3, 3, inputs, filters], true);
                    yield return ([3, 3, filters, filters], true);
                }
                else
                {
                    yield return ([1, 1, inputs, filters], true);
                    yield return ([3, 3, filters, selective ? 2 * filters : filters], true);
                    if (selective)
                    {
                        long mid = Math.Max((long)(filters * 0.0625), 32);
                        yield return ([1, 1, filters, mid], true);
                        yield return ([1, 1, mid, 2 * filters], false);
                    }
                    yield return ([1, 1, filters, outputs], true);
                }
                inputs = outputs;
            }
        }
    }

    public static string Numbered(string kind, int i) => i == 0 ? kind : $"{kind}_{i}";

    /// <summary>A TensorFlow 1 checkpoint with the extra variables of a training run.</summary>
    public static TensorBundle Tf1(int depth, int channels, int stem = 7, int headLayers = 0, int outputDim = 6, int classes = 0, int shards = 1, bool selective = false)
    {
        var (bundle, random) = (new TensorBundle(shards), new Random(3));
        float[] Draw(long count, double from, double to) => [.. Enumerable.Range(0, (int)count).Select(_ => (float)(from + (to - from) * random.NextDouble()))];
        void Norm(string scope, long n, bool beta = true)
        {
            bundle.Add($"{scope}/gamma", [n], Draw(n, 0.5, 1.5));
            if (beta) bundle.Add($"{scope}/beta", [n], Draw(n, -0.3, 0.3));
            bundle.Add($"{scope}/moving_mean", [n], Draw(n, -0.2, 0.2));
            bundle.Add($"{scope}/moving_variance", [n], Draw(n, 0.5, 2));
        }
        long features = 0;
        int i = 0, norms = 0;
        foreach (var (shape, norm) in Layers(depth, channels, stem, selective))
        {
            double bound = 1.5 / Math.Sqrt(shape[0] * shape[1] * shape[2]);
            bundle.Add($"base_model/{Numbered("conv2d", i)}/kernel", shape, Draw(shape.Aggregate((a, b) => a * b), -bound, bound));
            i++;
            if (norm) Norm($"base_model/{Numbered("batch_normalization", norms++)}", features = shape[3]);
        }
        for (int layer = 0; layer < headLayers; layer++)
        {
            bool last = layer == headLayers - 1;
            string scope = headLayers == 1 ? "head_contrastive/l_0" : $"head_contrastive/nl_{layer}";
            long outputs = last ? outputDim : features;
            bundle.Add($"{scope}/dense/kernel", [features, outputs], Draw(features * outputs, -0.3, 0.3));
            Norm($"{scope}/batch_normalization", outputs, beta: !last);
        }
        if (classes > 0)
        {
            bundle.Add("head_supervised/linear_layer/dense/kernel", [features, classes], Draw(features * classes, -0.1, 0.1));
            bundle.Add("head_supervised/linear_layer/dense/bias", [classes], Draw(classes, -0.1, 0.1));
        }
        return bundle;
    }

    /// <summary>The variables of a training run beside the weights.</summary>
    public static string[] AddTrainingState(TensorBundle bundle)
    {
        string[] names = ["global_step", "base_model/conv2d/kernel/Momentum", "base_model/batch_normalization/gamma/ExponentialMovingAverage", "ema_model/base_model/conv2d/kernel"];
        bundle.Add(names[0], TensorBundle.Int64, [], BitConverter.GetBytes(250228L));
        foreach (string name in names.Skip(1)) bundle.Add(name, [1], [9]);
        return [.. names.Order(StringComparer.Ordinal)];
    }

    /// <summary>The same weights as TensorFlow 2's code stores them: under keys that only the object graph explains.</summary>
    /// <param name="tf1">The weights.</param>
    /// <param name="depth">The depth of the network.</param>
    /// <param name="selective">Whether it has selective kernels.</param>
    /// <param name="others">Objects beside its own, by their path in the graph, and the scope of their variables among the weights.</param>
    public static TensorBundle Tf2(TensorBundle tf1, int depth, bool selective = false, params (string Path, string Scope)[] others)
    {
        var (bundle, nodes, key) = (new TensorBundle(), new List<(List<(string, int)> Children, string? Key)>(), 0);
        int New(string? variable = null)
        {
            nodes.Add(([], variable));
            return nodes.Count - 1;
        }
        int Child(int parent, string name, string? variable = null)
        {
            foreach (var (known, node) in nodes[parent].Children) if (known == name) return node;
            int child = New(variable);
            nodes[parent].Children.Add((name, child));
            return child;
        }
        void Put(string path, string scope)
        {
            int at = path.Split('/').Aggregate(0, (node, name) => Child(node, name));
            foreach (var (name, (shape, values)) in tf1.Floats.Where(v => v.Key[..v.Key.LastIndexOf('/')] == scope))
            {
                string stored = $"trainable_variables_list/{key++}/.ATTRIBUTES/VARIABLE_VALUE";
                bundle.Add(stored, shape, values);
                Child(at, name[(scope.Length + 1)..], stored);
            }
        }
        int i = 0, norms = 0;
        void Convolution(string path) => Put(path, $"base_model/{Numbered("conv2d", i++)}");
        void Norm(string path) => Put($"{path}/bn", $"base_model/{Numbered("batch_normalization", norms++)}");
        void Pair(string convolution, string norm)
        {
            Convolution($"{convolution}/conv2d");
            Norm(norm);
        }
        void Selective(string layer) // one layer object, with its parts as fields
        {
            Convolution($"{layer}/conv2d_fixed_padding/conv2d");
            Norm($"{layer}/batch_norm_relu");
            Convolution($"{layer}/conv2d_0");
            Norm($"{layer}/batch_norm_relu_1");
            Convolution($"{layer}/conv2d_1");
        }

        New();
        Put("optimizer", "nothing");
        const string Stem = "model/resnet_model/initial_conv_relu_max_pool";
        if (selective)
        {
            Pair($"{Stem}/0", $"{Stem}/1");
            Pair($"{Stem}/2", $"{Stem}/3");
        }
        int last = selective ? 4 : 0;
        Pair($"{Stem}/{last}", $"{Stem}/{last + 2}");
        Child(Child(Child(Child(0, "model"), "resnet_model"), "initial_conv_relu_max_pool"), $"{last + 1}");
        int[] groups = depth == 18 ? [2, 2, 2, 2] : [3, 4, 6, 3];
        for (int group = 0; group < 4; group++)
        {
            for (int block = 0; block < groups[group]; block++)
            {
                string at = $"model/resnet_model/block_groups/{group}/layers/{block}";
                string layers = depth == 18 ? "conv2d_bn_layers" : "conv_relu_dropblock_layers", shortcut = depth == 18 ? "shortcut_layers" : "projection_layers";
                int pooling = selective ? group > 0 ? 2 : 1 : 0; // layers without weights before the shortcut's convolution
                if (block == 0) Pair($"{at}/{shortcut}/{pooling}", $"{at}/{shortcut}/{pooling + 1}");
                for (int layer = 0; block == 0 && layer < pooling; layer++) Put($"{at}/{shortcut}/{layer}", "nothing");
                if (selective)
                {
                    int[] places = [0, 1, 3, 5, 6]; // DropBlocks between them
                    Pair($"{at}/{layers}/0", $"{at}/{layers}/1");
                    Selective($"{at}/{layers}/3");
                    Pair($"{at}/{layers}/5", $"{at}/{layers}/6");
                    for (int layer = 0; layer < 8; layer++) if (!places.Contains(layer)) Put($"{at}/{layers}/{layer}", "nothing");
                    continue;
                }
                int step = depth == 18 ? 2 : 3; // bottlenecks have a DropBlock layer after every norm
                for (int j = 0; j < (depth == 18 ? 2 : 3); j++)
                {
                    Pair($"{at}/{layers}/{step * j}", $"{at}/{layers}/{step * j + 1}");
                    if (step == 3) Put($"{at}/{layers}/{step * j + 2}", "nothing");
                }
            }
        }
        for (int layer = 0; tf1.Floats.ContainsKey($"head_contrastive/nl_{layer}/dense/kernel"); layer++)
        {
            Put($"model/_projection_head/linear_layers/{layer}/bn_relu/bn", $"head_contrastive/nl_{layer}/batch_normalization");
            Put($"model/_projection_head/linear_layers/{layer}/dense", $"head_contrastive/nl_{layer}/dense");
        }
        Put("model/supervised_head/linear_layer/dense", "head_supervised/linear_layer/dense");
        foreach (var other in others) Put(other.Path, other.Scope);
        AddGraph(bundle, nodes);
        return bundle;
    }

    /// <summary>
    /// The graph of a TensorFlow 2 checkpoint: objects, their children by name and number, and their keys among the tensors.
    /// </summary>
    public static void AddGraph(TensorBundle bundle, IEnumerable<(List<(string, int)> Children, string? Key)> nodes) =>
        bundle.AddText("_CHECKPOINTABLE_OBJECT_GRAPH", TensorBundle.Message(graph => nodes.ToList().ForEach(n => TensorBundle.Bytes(graph, 1, Node(n.Children, n.Key)))));

    private static byte[] Node(List<(string, int)> children, string? key) => TensorBundle.Message(node =>
    {
        foreach (var (name, id) in children)
        {
            TensorBundle.Bytes(node, 1, TensorBundle.Message(m =>
            {
                TensorBundle.Number(m, 1, id);
                TensorBundle.Bytes(m, 2, Encoding.UTF8.GetBytes(name));
            }));
        }
        if (key is null) return;
        TensorBundle.Bytes(node, 2, TensorBundle.Message(m =>
        {
            TensorBundle.Bytes(m, 1, "VARIABLE_VALUE"u8.ToArray());
            TensorBundle.Bytes(m, 2, "some/name"u8.ToArray());
            TensorBundle.Bytes(m, 3, Encoding.UTF8.GetBytes(key));
        }));
    });
}
