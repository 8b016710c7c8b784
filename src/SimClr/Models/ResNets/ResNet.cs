using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// The encoder f(·) of the paper: a ResNet v1.5 (He et al. 2015; stride on the 3×3 convolution) up to and with its
/// global average pool. x (N, C, S, S) float32 → h (N, <see cref="FeatureDim"/>) float32.
/// </summary>
/// <remarks>
/// State-dict names are torchvision's, without <c>fc</c>, in either <see cref="ResNetLayout"/>; selective kernels add <c>select</c> to a block, and
/// ResNet-D's stem puts three convolutions under <c>conv1</c>. Convolutions start from He's normal distribution over fan-out,
/// torchvision's choice (Google: truncated normal over fan-in).
/// In eval mode and without gradients several threads may compute at once; training, changing weights, mode or device is for one alone.
/// </remarks>
public sealed class ResNet : Module<Tensor, Tensor>
{
    // Field names are state-dict names.
    private readonly Module<Tensor, Tensor> conv1;
    private readonly BatchNorm bn1;
    private readonly Sequential layer1, layer2, layer3, layer4;
    private readonly bool pool;

    /// <summary>Makes the network with freshly drawn weights, in training mode.</summary>
    /// <param name="options">What to build.</param>
    /// <param name="imageSize">S: decides the stem where the options leave it open.</param>
    /// <param name="generator">Where the weights are drawn from; borrowed.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public ResNet(EncoderOptions options, int imageSize, Generator generator) : base(nameof(ResNet))
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var stem = options.StemFor(imageSize);
        Options = options with { Stem = stem };
        int channels = options.BaseChannels;
        var (basic, blocks) = BlocksOf(options.Arch);

        var layers = StemOf(Options);
        var (_, _, kernel, stride, _) = layers[0];
        conv1 = layers.Length > 1 ? new DeepStem(options.Channels, channels) : Conv2d(options.Channels, channels, kernel, stride: stride, padding: kernel / 2, bias: false);
        bn1 = new BatchNorm(channels);
        pool = stem == Stem.Imagenet;

        int inputs = channels;
        layer1 = Stage(basic, blocks[0], ref inputs, channels, stride: 1);
        layer2 = Stage(basic, blocks[1], ref inputs, channels * 2, stride: 2);
        layer3 = Stage(basic, blocks[2], ref inputs, channels * 4, stride: 2);
        layer4 = Stage(basic, blocks[3], ref inputs, channels * 8, stride: 2);
        FeatureDim = inputs;

        RegisterComponents();
        Initialize(generator, options.ZeroInitResidual);
    }

    /// <summary>What was built; its stem is decided.</summary>
    public EncoderOptions Options { get; }

    /// <summary>D, the length of h: 512·width or, with bottleneck blocks, 2,048·width.</summary>
    public int FeatureDim { get; }

    /// <summary>Computes the representation.</summary>
    /// <param name="input">x (N, C, S, S) float32; borrowed.</param>
    /// <returns>h (N, D) float32; the caller's.</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var x = bn1.Relu(conv1.call(ChannelsLast.Of(input)));
        if (pool) x = MaxPool(x, Options.Layout);
        x = layer4.call(layer3.call(layer2.call(layer1.call(x))));
        return x.mean([2, 3]).MoveToOuterDisposeScope();
    }

    /// <summary>Whether a depth is made of basic blocks, and how many each of its stages has (He et al. 2015, Table 1).</summary>
    internal static (bool Basic, int[] Blocks) BlocksOf(ResNetDepth depth) => depth switch
    {
        ResNetDepth.Resnet18 => (true, [2, 2, 2, 2]),
        ResNetDepth.Resnet34 => (true, [3, 4, 6, 3]),
        ResNetDepth.Resnet50 => (false, [3, 4, 6, 3]),
        ResNetDepth.Resnet101 => (false, [3, 4, 23, 3]),
        _ => (false, [3, 8, 36, 3]),
    };

    /// <summary>The convolutions before the first stage, with the batch norms after them.</summary>
    /// <param name="options">Its stem is decided.</param>
    internal static (string Convolution, string Norm, int Kernel, int Stride, int Outputs)[] StemOf(EncoderOptions options)
    {
        int channels = options.BaseChannels;
        return (options.Stem, options.SelectiveKernels) switch
        {
            (Stem.Imagenet, true) => [("conv1.0", "conv1.1", 3, 2, channels / 2), ("conv1.3", "conv1.4", 3, 1, channels / 2), ("conv1.6", "bn1", 3, 1, channels)],
            (Stem.Imagenet, false) => [("conv1", "bn1", 7, 2, channels)],
            (Stem.SmallStride2, _) => [("conv1", "bn1", 3, 2, channels)],
            _ => [("conv1", "bn1", 3, 1, channels)],
        };
    }

    // TensorFlow's SAME: an even side gets its border at its end alone. Zeros are as good as −∞ after a ReLU.
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

    private Sequential Stage(bool basic, int count, ref int inputs, int channels, int stride)
    {
        var blocks = new (string, Module<Tensor, Tensor>)[count];
        for (int i = 0; i < count; i++)
        {
            int outputs = basic ? channels : channels * BottleneckBlock.Expansion;
            bool project = i == 0 && (Options.Layout == ResNetLayout.Google || stride != 1 || inputs != outputs);
            blocks[i] = ($"{i}", basic ? new BasicBlock(inputs, channels, stride, project) : new BottleneckBlock(inputs, channels, stride, project, Options.SelectiveKernels));
            inputs = outputs;
            stride = 1;
        }
        return Sequential(blocks);
    }

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
            else if (zeroInitResidual && module is IResidualBlock block)
            {
                block.LastNorm.weight.zero_();
            }
        }
    }
}
