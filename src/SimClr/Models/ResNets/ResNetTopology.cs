namespace SimClr.Models;

/// <summary>
/// The layers of a ResNet, from the image to h. The network, its folded form, its ONNX graph, the names in checkpoints and the count of its
/// operations all use this one description.
/// </summary>
/// <remarks>Immutable: threads may share it.</remarks>
public sealed class ResNetTopology
{
    private const int Expansion = 4, SelectionRatio = 16, LeastSelection = 32;

    /// <summary>Describes a network without building it.</summary>
    /// <param name="options">
    /// The options, with the stem resolved (<see cref="ResNetOptions.For"/>); an automatic stem is described as <see cref="Stem.Small"/>.
    /// </param>
    public ResNetTopology(ResNetOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Layout = options.Layout;
        HasMaxPool = options.Stem == Stem.Imagenet;
        StemConvolutions = StemOf(options);
        int inputs = options.BaseChannels;
        Stages = [.. BlocksOf(options.Arch).Blocks.Select((count, stage) => StageOf(options, stage, count, ref inputs))];
    }

    /// <summary>The convolutions before the first stage, each followed by a ReLU: one, or the three of ResNet-D's stem.</summary>
    public IReadOnlyList<ResNetConvolution> StemConvolutions { get; }

    /// <summary>Whether 3×3 max pooling of stride 2 follows the stem.</summary>
    public bool HasMaxPool { get; }

    /// <summary>The variant that decides the padding of the max pooling.</summary>
    public ResNetLayout Layout { get; }

    /// <summary>The residual blocks of the four stages.</summary>
    public IReadOnlyList<IReadOnlyList<ResNetBlock>> Stages { get; }

    /// <summary>All convolutions in the order in which Google's <c>resnet.py</c> makes them.</summary>
    public IEnumerable<ResNetConvolution> Convolutions =>
        StemConvolutions.Concat(Stages.SelectMany(blocks => blocks).SelectMany(block => block.All));

    /// <summary>
    /// Every tensor of the state dict with its shape: weights (out, in, k, k), and the vectors and batch count of each norm.
    /// </summary>
    public IEnumerable<(string Name, long[] Shape)> Tensors
    {
        get
        {
            foreach (var (name, norm, kernel, _, inputs, outputs) in Convolutions)
            {
                yield return ($"{name}.weight", [outputs, inputs, kernel, kernel]);
                if (norm is null) continue;
                foreach (string part in (string[])["weight", "bias", "running_mean", "running_var"])
                    yield return ($"{norm}.{part}", [outputs]);
                yield return ($"{norm}.num_batches_tracked", []);
            }
        }
    }

    /// <summary>Every convolution with the side of its output, in pixels.</summary>
    /// <param name="imageSize">S.</param>
    public IEnumerable<(ResNetConvolution Convolution, int Side)> Sides(int imageSize)
    {
        int side = imageSize;
        foreach (var convolution in StemConvolutions) yield return (convolution, side = convolution.SideAfter(side));
        if (HasMaxPool) side = (side + 1) / 2;
        foreach (var block in Stages.SelectMany(blocks => blocks))
        {
            foreach (var convolution in block.Convolutions) yield return (convolution, side = convolution.SideAfter(side));
            if (block.Selection is { } selection)
            {
                yield return (selection.Reduce, 1); // on means over the pixels
                yield return (selection.Expand, 1);
            }
            if (block.Shortcut is { } shortcut) yield return (shortcut, side);
        }
    }

    /// <summary>Whether a depth has basic blocks, and the number of blocks per stage (He et al. 2015, Table 1).</summary>
    internal static (bool Basic, int[] Blocks) BlocksOf(ResNetDepth depth) => depth switch
    {
        ResNetDepth.Resnet18 => (true, [2, 2, 2, 2]),
        ResNetDepth.Resnet34 => (true, [3, 4, 6, 3]),
        ResNetDepth.Resnet50 => (false, [3, 4, 6, 3]),
        ResNetDepth.Resnet101 => (false, [3, 4, 23, 3]),
        _ => (false, [3, 8, 36, 3]),
    };

    /// <summary>D: the channels of the last stage.</summary>
    internal static int FeaturesOf(ResNetOptions options) => (options.BaseChannels << 3) * (BlocksOf(options.Arch).Basic ? 1 : Expansion);

    private static ResNetConvolution[] StemOf(ResNetOptions options)
    {
        int inputs = options.Channels, channels = options.BaseChannels, half = channels / 2;
        return (options.Stem, options.SelectiveKernels) switch
        {
            (Stem.Imagenet, true) => [new("conv1.0", "conv1.1", 3, 2, inputs, half), new("conv1.3", "conv1.4", 3, 1, half, half),
                new("conv1.6", "bn1", 3, 1, half, channels)],
            (Stem.Imagenet, false) => [new("conv1", "bn1", 7, 2, inputs, channels)],
            (Stem.SmallStride2, _) => [new("conv1", "bn1", 3, 2, inputs, channels)],
            _ => [new("conv1", "bn1", 3, 1, inputs, channels)],
        };
    }

    private static ResNetBlock[] StageOf(ResNetOptions options, int stage, int count, ref int inputs)
    {
        bool basic = BlocksOf(options.Arch).Basic;
        int channels = options.BaseChannels << stage, outputs = basic ? channels : channels * Expansion;
        var blocks = new ResNetBlock[count];
        for (int i = 0; i < count; i++)
        {
            string name = $"layer{stage + 1}.{i}";
            int stride = i == 0 && stage > 0 ? 2 : 1;
            bool project = i == 0 && (options.Layout == ResNetLayout.Google || stride != 1 || inputs != outputs),
                averages = project && options.SelectiveKernels;
            blocks[i] = new ResNetBlock(
                name,
                basic
                    ? [new($"{name}.conv1", $"{name}.bn1", 3, stride, inputs, channels),
                        new($"{name}.conv2", $"{name}.bn2", 3, 1, channels, channels)]
                    : [
                        new($"{name}.conv1", $"{name}.bn1", 1, 1, inputs, channels),
                        // v1.5: the stride is here
                        new($"{name}.conv2", $"{name}.bn2", 3, stride, channels, options.SelectiveKernels ? 2 * channels : channels),
                        new($"{name}.conv3", $"{name}.bn3", 1, 1, channels, outputs),
                    ],
                options.SelectiveKernels ? SelectionOf($"{name}.select", channels) : null,
                project ? new($"{name}.downsample.0", $"{name}.downsample.1", 1, averages ? 1 : stride, inputs, outputs) : null,
                averages ? stride : 0);
            inputs = outputs;
        }
        return blocks;
    }

    private static ResNetSelection SelectionOf(string name, int channels)
    {
        int reduced = Math.Max(channels / SelectionRatio, LeastSelection); // Google's sk_ratio of 0.0625
        return new(
            name, new($"{name}.reduce", $"{name}.norm", 1, 1, channels, reduced), new($"{name}.expand", null, 1, 1, reduced, 2 * channels));
    }
}
