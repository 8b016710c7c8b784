using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// The shortcut of a residual block whose shape changes: a 1×1 convolution and batch norm (He et al. 2015, option B). In ResNet-D's form it
/// is applied to averages of 2×2 pixels (He et al. 2018, Fig. 2c). (N, C, H, W) → (N, C', ⌈H/stride⌉, ⌈W/stride⌉).
/// </summary>
internal sealed class ProjectionShortcut : Module<Tensor, Tensor>
{
    private readonly Conv2d convolution;
    private readonly BatchNorm norm;
    private readonly int pooling, step;

    /// <param name="shortcut">The convolution.</param>
    /// <param name="pooling">The stride of the averages; 0 for none.</param>
    public ProjectionShortcut(ResNetConvolution shortcut, int pooling) : base(nameof(ProjectionShortcut))
    {
        // oneDNN in libtorch 2.10 writes beyond its buffers in the backward pass of a strided 1×1 convolution over few channels in N, H, W,
        // C order (4 → 8 and 8 → 16 at 64 × 64 end the process; multiples of 16 do not). For such channels the pixels are selected first,
        // which is the same convolution. Elsewhere that would be up to twice as slow.
        step = shortcut.Inputs % 16 == 0 ? 1 : shortcut.Stride;
        this.pooling = pooling;
        convolution = Conv2d(shortcut.Inputs, shortcut.Outputs, 1, stride: shortcut.Stride / step, bias: false);
        norm = new BatchNorm(shortcut.Outputs);
        register_module("0", convolution); // torchvision's names
        register_module("1", norm);
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var x = pooling > 0 ? Average(input, pooling)
            : step == 1 ? input
            : input.slice(2, 0, input.shape[2], step).slice(3, 0, input.shape[3], step);
        return norm.call(convolution.call(x)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Averages of 2×2 pixels, (N, C, H, W) → (N, C, ⌈H/stride⌉, ⌈W/stride⌉), padded as in Google's code. With stride 2 an odd side is
    /// padded with zeros at its end, and these count. With stride 1 pixels beyond the end do not count.
    /// </summary>
    /// <param name="x">Borrowed.</param>
    /// <param name="stride">1 or 2.</param>
    /// <returns>Owned by the caller.</returns>
    internal static Tensor Average(Tensor x, int stride)
    {
        using var scope = NewDisposeScope();
        long right = stride == 1 ? 1 : x.shape[3] % 2, below = stride == 1 ? 1 : x.shape[2] % 2;
        if (right + below > 0)
            x = functional.pad(x, [0, right, 0, below], stride == 1 ? TorchSharp.PaddingModes.Replicate : TorchSharp.PaddingModes.Constant);
        return functional.avg_pool2d(x, kernel_size: 2, stride: stride).MoveToOuterDisposeScope();
    }
}
