using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// 1×1, 3×3 (with the stride: "v1.5") and 1×1 convolutions and a shortcut (He et al. 2015, Fig. 5 right). (N, C, H, W) → (N, 4·channels, H/stride, W/stride).
/// With selective kernels the 3×3 convolution has two paths, of which <see cref="SelectiveKernel"/> makes one again.
/// </summary>
internal sealed class BottleneckBlock : Module<Tensor, Tensor>, IResidualBlock
{
    public const int Expansion = 4;

    private readonly Conv2d conv1, conv3;
    private readonly Convolution3x3 conv2;
    private readonly BatchNorm bn1, bn2, bn3;
    private readonly SelectiveKernel? select;
    private readonly ProjectionShortcut? downsample;

    public BottleneckBlock(int inputs, int channels, int stride, bool project, bool selective) : base(nameof(BottleneckBlock))
    {
        conv1 = Conv2d(inputs, channels, 1, bias: false);
        bn1 = new BatchNorm(channels);
        int paths = selective ? 2 : 1;
        conv2 = new Convolution3x3(channels, paths * channels, stride);
        bn2 = new BatchNorm(paths * channels);
        select = selective ? new SelectiveKernel(channels) : null;
        conv3 = Conv2d(channels, channels * Expansion, 1, bias: false);
        bn3 = new BatchNorm(channels * Expansion);
        downsample = project ? new ProjectionShortcut(inputs, channels * Expansion, stride, average: selective) : null;
        RegisterComponents();
    }

    public BatchNorm LastNorm => bn3;

    public override Tensor forward(Tensor input)
    {
        var x = bn1.Relu(conv1.call(input));
        x = bn2.Relu(conv2.call(x));
        if (select is not null) x = select.call(x);
        return bn3.Relu(conv3.call(x), downsample is null ? input : downsample.call(input));
    }
}
