using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>Two 3×3 convolutions and a shortcut (He et al. 2015, Fig. 5 left). (N, C, H, W) → (N, C', H/stride, W/stride).</summary>
internal sealed class BasicBlock : Module<Tensor, Tensor>, IResidualBlock
{
    private readonly Convolution3x3 conv1, conv2;
    private readonly BatchNorm2d bn1, bn2;
    private readonly ProjectionShortcut? downsample;

    public BasicBlock(int inputs, int channels, int stride, bool project) : base(nameof(BasicBlock))
    {
        conv1 = new Convolution3x3(inputs, channels, stride);
        bn1 = BatchNorm2d(channels);
        conv2 = new Convolution3x3(channels, channels);
        bn2 = BatchNorm2d(channels);
        downsample = project ? new ProjectionShortcut(inputs, channels, stride) : null;
        RegisterComponents();
    }

    public BatchNorm2d LastNorm => bn2;

    public override Tensor forward(Tensor input)
    {
        var x = functional.relu(bn1.call(conv1.call(input)), inplace: true);
        x = bn2.call(conv2.call(x));
        return x.add_(downsample is null ? input : downsample.call(input)).relu_();
    }
}
