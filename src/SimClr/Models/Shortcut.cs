using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>The shortcut of a residual block.</summary>
internal static class Shortcut
{
    /// <summary>A 1×1 convolution and batch norm (He et al. 2015, option B: where the shape changes).</summary>
    public static Sequential Projection(int inputs, int outputs, int stride) =>
        Sequential(("0", Conv2d(inputs, outputs, 1, stride: stride, bias: false)), ("1", BatchNorm2d(outputs)));
}
