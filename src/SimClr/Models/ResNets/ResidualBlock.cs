using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// Two 3×3 convolutions (He et al. 2015, Fig. 5 left), or 1×1, 3×3 and 1×1 ones (right; v1.5: the 3×3 one has the stride), and a shortcut.
/// (N, C, H, W) → (N, C', ⌈H/stride⌉, ⌈W/stride⌉). With selective kernels the 3×3 convolution has two paths, which
/// <see cref="SelectiveKernel"/> combines.
/// </summary>
internal sealed class ResidualBlock : Module<Tensor, Tensor>
{
    // Arrays, because fields that are modules would also be registered under their own names.
    private readonly Module<Tensor, Tensor>[] convolutions;
    private readonly BatchNorm[] norms;
    private readonly SelectiveKernel? select;
    private readonly ProjectionShortcut? downsample;

    public ResidualBlock(ResNetBlock block) : base(nameof(ResidualBlock))
    {
        convolutions = [.. block.Convolutions.Select(Create)];
        norms = [.. block.Convolutions.Select(c => new BatchNorm(c.Outputs))];
        select = block.Selection is { } selection ? new SelectiveKernel(selection) : null;
        downsample = block.Shortcut is { } shortcut ? new ProjectionShortcut(shortcut, block.ShortcutPooling) : null;

        // The order of the parameters and of their random draws: 1×1 convolutions, 3×3 convolutions, norms.
        foreach (int i in Enumerable.Range(0, convolutions.Length).OrderBy(i => block.Convolutions[i].Kernel))
            register_module($"conv{i + 1}", convolutions[i]);
        for (int i = 0; i < norms.Length; i++) register_module($"bn{i + 1}", norms[i]);
        if (select is not null) register_module("select", select);
        if (downsample is not null) register_module("downsample", downsample);
    }

    /// <summary>The last batch norm of F.</summary>
    public BatchNorm LastNorm => norms[^1];

    public override Tensor forward(Tensor input)
    {
        var x = convolutions[0].call(input);
        for (int i = 1; i < convolutions.Length; i++)
        {
            bool last = i == convolutions.Length - 1;
            x = !(last && select is not null) && convolutions[i] is Convolution3x3 next ? norms[i - 1].ReluConvolve(x, next)
                : convolutions[i].call(Selected(norms[i - 1].Relu(x), last));
        }
        return LastNorm.Relu(x, downsample is null ? input : downsample.call(input));
    }

    // The two paths of the 3×3 convolution before the last one become one.
    private Tensor Selected(Tensor x, bool last) => last && select is not null ? select.call(x) : x;

    private static Module<Tensor, Tensor> Create(ResNetConvolution c) => c.Kernel == 3
        ? new Convolution3x3(c.Inputs, c.Outputs, c.Stride)
        : Conv2d(c.Inputs, c.Outputs, c.Kernel, stride: c.Stride, padding: c.Padding, bias: false);
}
