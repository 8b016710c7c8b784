using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>1×1, 3×3 (with the stride: "v1.5") and 1×1 convolutions and a shortcut (He et al. 2015, Fig. 5 right). (N, C, H, W) → (N, 4·channels, H/stride, W/stride).</summary>
internal sealed class BottleneckBlock : Module<Tensor, Tensor>, IResidualBlock
{
    public const int Expansion = 4;

    private readonly Conv2d conv1, conv3;
    private readonly Convolution3x3 conv2;
    private readonly BatchNorm2d bn1, bn2, bn3;
    private readonly ProjectionShortcut? downsample;

    public BottleneckBlock(int inputs, int channels, int stride, bool project) : base(nameof(BottleneckBlock))
    {
        conv1 = Conv2d(inputs, channels, 1, bias: false);
        bn1 = BatchNorm2d(channels);
        conv2 = new Convolution3x3(channels, channels, stride);
        bn2 = BatchNorm2d(channels);
        conv3 = Conv2d(channels, channels * Expansion, 1, bias: false);
        bn3 = BatchNorm2d(channels * Expansion);
        downsample = project ? new ProjectionShortcut(inputs, channels * Expansion, stride) : null;
        RegisterComponents();
    }

    public BatchNorm2d LastNorm => bn3;

    public override Tensor forward(Tensor input)
    {
        var x = functional.relu(bn1.call(conv1.call(input)), inplace: true);
        x = functional.relu(bn2.call(conv2.call(x)), inplace: true);
        x = bn3.call(conv3.call(x));
        return x.add_(downsample is null ? input : downsample.call(input)).relu_();
    }
}
