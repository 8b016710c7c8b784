using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// The selection between the two paths of a selective-kernel convolution (Li et al. 2019, §3.1; in SimCLR v2 both paths are 3×3
/// convolutions): (N, 2C, H, W) → (N, C, H, W).
/// </summary>
/// <remarks>
/// U and V are the paths: the first and the last C channels.
/// <code>
/// s = mean over pixels of U + V    (a, b) = softmax over the paths of W₂ ReLU(BN(W₁ s))    y = a·U + b·V
/// </code>
/// W₁ has max(⌊C/16⌋, 32) output channels: Google's <c>sk_ratio</c> of 0.0625.
/// </remarks>
internal sealed class SelectiveKernel : Module<Tensor, Tensor>
{
    private readonly Conv2d reduce, expand;
    private readonly BatchNorm norm;

    public SelectiveKernel(ResNetSelection selection) : base(nameof(SelectiveKernel))
    {
        var (_, first, last) = selection;
        reduce = Conv2d(first.Inputs, first.Outputs, 1, bias: false);
        norm = new BatchNorm(first.Outputs);
        expand = Conv2d(last.Inputs, last.Outputs, 1, bias: false);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        long channels = input.shape[1] / 2;
        var means = input.mean([2, 3], keepdim: true);                                               // (N, 2C, 1, 1)
        var s = means.narrow(1, 0, channels) + means.narrow(1, channels, channels);                  // (N, C, 1, 1)
        var logits = expand.call(norm.Relu(reduce.call(s)));                                         // (N, 2C, 1, 1)
        var difference = logits.narrow(1, 0, channels) - logits.narrow(1, channels, channels);
        return Mix(input, difference).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// a·U + b·V, where a and b are the softmax of two logits: a is the logistic function of their difference, and b = 1 − a.
    /// </summary>
    /// <param name="paths">U and V, (N, 2C, H, W); borrowed.</param>
    /// <param name="difference">U's logit minus V's, (N, C, 1, 1); borrowed.</param>
    /// <returns>(N, C, H, W); owned by the caller.</returns>
    internal static Tensor Mix(Tensor paths, Tensor difference)
    {
        using var scope = NewDisposeScope();
        long channels = paths.shape[1] / 2;
        return lerp(paths.narrow(1, channels, channels), paths.narrow(1, 0, channels), difference.sigmoid()).MoveToOuterDisposeScope();
    }
}
