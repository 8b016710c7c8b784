using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>The shortcut of a residual block whose shape changes: a 1×1 convolution and batch norm (He et al. 2015, option B). (N, C, H, W) → (N, C', ⌈H/stride⌉, ⌈W/stride⌉).</summary>
internal sealed class ProjectionShortcut : Module<Tensor, Tensor>
{
    private readonly Conv2d convolution;
    private readonly BatchNorm norm;
    private readonly int step;

    public ProjectionShortcut(int inputs, int outputs, int stride) : base(nameof(ProjectionShortcut))
    {
        // oneDNN in libtorch 2.10 writes beyond its buffers in the backward pass of a strided 1×1 convolution over few channels
        // in N, H, W, C order (4 → 8 and 8 → 16 at 64 × 64 end the process; multiples of 16 do not). There the pixels are picked first,
        // which is the same convolution; elsewhere that would be up to twice as slow.
        step = inputs % 16 == 0 ? 1 : stride;
        convolution = Conv2d(inputs, outputs, 1, stride: stride / step, bias: false);
        norm = new BatchNorm(outputs);
        register_module("0", convolution); // torchvision's names
        register_module("1", norm);
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var x = step == 1 ? input : input.slice(2, 0, input.shape[2], step).slice(3, 0, input.shape[3], step);
        return norm.call(convolution.call(x)).MoveToOuterDisposeScope();
    }
}
