using SimClr.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// The paper's encoder f(·): a ResNet v1.5 (He et al. 2015; stride on the 3×3 convolution) up to its global average pool. x (N, C, S, S)
/// float32 → h (N, <see cref="FeatureDim"/>) float32.
/// </summary>
/// <remarks>
/// State-dict names are torchvision's, without <c>fc</c>, in both values of <see cref="ResNetLayout"/>. Selective kernels add <c>select</c>
/// to a block, and ResNet-D's stem has three convolutions under <c>conv1</c>. Convolutions are initialised from He's normal distribution
/// over fan-out, torchvision's choice (Google: truncated normal over fan-in). In eval mode and without gradients, several threads may
/// compute at once. Training, and changes of weights, mode or device, are for one thread alone.
/// </remarks>
public sealed class ResNet : Module<Tensor, Tensor>, IEncoder, IStagedEncoder, IFoldable, IOnnxExportable
{
    // Field names are state-dict names.
    private readonly Module<Tensor, Tensor> conv1;
    private readonly BatchNorm bn1;
    private readonly Sequential layer1, layer2, layer3, layer4;

    /// <summary>Makes the network in training mode, with new random weights.</summary>
    /// <param name="options">The options.</param>
    /// <param name="imageSize">S. It decides an automatic stem.</param>
    /// <param name="generator">The source of the weights; borrowed.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public ResNet(ResNetOptions options, int imageSize, Generator generator) : base(nameof(ResNet))
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Options = options.For(imageSize);
        Topology = new ResNetTopology(Options);
        var stem = Topology.StemConvolutions;
        conv1 = stem.Count > 1 ? new DeepStem(stem)
            : Conv2d(stem[0].Inputs, stem[0].Outputs, stem[0].Kernel, stride: stem[0].Stride, padding: stem[0].Padding, bias: false);
        bn1 = new BatchNorm(stem[^1].Outputs);
        (layer1, layer2, layer3, layer4) = (Stage(0), Stage(1), Stage(2), Stage(3));

        RegisterComponents();
        Initialize(generator, options.ZeroInitResidual);
    }

    /// <summary>The options, with the stem resolved.</summary>
    public ResNetOptions Options { get; }

    EncoderOptions IEncoder.Options => Options;

    /// <summary>D, the length of h: 512·width or, with bottleneck blocks, 2,048·width.</summary>
    public int FeatureDim => Options.FeatureDim;

    /// <summary>Its layers.</summary>
    public ResNetTopology Topology { get; }

    /// <summary><c>stem</c>, <c>layer1</c>, <c>layer2</c>, <c>layer3</c> and <c>layer4</c>.</summary>
    public IReadOnlyList<EncoderStage> Stages { get; } =
        [new("stem", ["conv1", "bn1"]), .. ((string[])["layer1", "layer2", "layer3", "layer4"])
            .Select(layer => new EncoderStage(layer, [layer]))];

    /// <summary>Computes the representation.</summary>
    /// <param name="input">x (N, C, S, S) float32; borrowed.</param>
    /// <returns>h (N, D) float32; owned by the caller.</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var x = bn1.Relu(conv1.call(ChannelsLast.Of(input)));
        if (Topology.HasMaxPool) x = MaxPool(x, Options.Layout);
        x = layer4.call(layer3.call(layer2.call(layer1.call(x))));
        return x.mean([2, 3]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public IInferenceEncoder Fold() => new FoldedResNet(this);

    bool IOnnxExportable.IsNonNegative => true;

    string IOnnxExportable.Title => $"ResNet-{(int)Options.Arch}, width {Options.Width}";

    string IOnnxExportable.AddTo(OnnxGraph graph, string x, int imageSize) => new OnnxResNet(graph, this).Add(x, imageSize);

    // TensorFlow's SAME: an even side is padded at its end only. After a ReLU, zeros are as good as −∞.
    internal static Tensor MaxPool(Tensor x, ResNetLayout layout)
    {
        int border = 1;
        if (layout == ResNetLayout.Google)
        {
            x = functional.pad(x, [x.shape[3] % 2, 1, x.shape[2] % 2, 1]);
            border = 0;
        }
        return functional.max_pool2d(x, kernel_size: [3, 3], strides: [2, 2], padding: [border, border]);
    }

    private Sequential Stage(int stage) =>
        Sequential([.. Topology.Stages[stage].Select((block, i) => ($"{i}", (Module<Tensor, Tensor>)new ResidualBlock(block)))]);

    private void Initialize(Generator generator, bool zeroInitResidual)
    {
        using var _ = no_grad();
        foreach (var module in modules())
        {
            if (((module as Conv2d)?.weight ?? (module as Convolution3x3)?.Weight) is { } weight)
            {
                var shape = weight.shape; // (out, in, k, k)
                weight.normal_(0, Math.Sqrt(2.0 / (shape[0] * shape[2] * shape[3])), generator);
                ChannelsLast.Restride(weight);
            }
            else if (zeroInitResidual && module is ResidualBlock block)
            {
                block.LastNorm.weight.zero_();
            }
        }
    }
}
