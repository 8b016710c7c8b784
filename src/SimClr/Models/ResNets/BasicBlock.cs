using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>Two 3×3 convolutions and a shortcut (He et al. 2015, Fig. 5 left). (N, C, H, W) → (N, C', H/stride, W/stride).</summary>
internal sealed class BasicBlock : Module<Tensor, Tensor>, IResidualBlock
{
    private readonly Convolution3x3 conv1, conv2;
    private readonly BatchNorm bn1, bn2;
    private readonly ProjectionShortcut? downsample;

    public BasicBlock(int inputs, int channels, int stride, bool project) : base(nameof(BasicBlock))
    {
        conv1 = new Convolution3x3(inputs, channels, stride);
        bn1 = new BatchNorm(channels);
        conv2 = new Convolution3x3(channels, channels);
        bn2 = new BatchNorm(channels);
        downsample = project ? new ProjectionShortcut(inputs, channels, stride, average: false) : null;
        RegisterComponents();
    }

    public BatchNorm LastNorm => bn2;

    public override Tensor forward(Tensor input)
    {
        var x = bn1.Relu(conv1.call(input));
        return bn2.Relu(conv2.call(x), downsample is null ? input : downsample.call(input));
    }
}
