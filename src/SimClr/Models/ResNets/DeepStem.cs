using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// Three 3×3 convolutions instead of one of 7×7 (He et al. 2018, "Bag of Tricks", Fig. 2b: the stem of ResNet-D), with batch norm and ReLU
/// between them. (N, C', H, W) → (N, C, ⌈H/2⌉, ⌈W/2⌉), before the batch norm that follows.
/// </summary>
/// <remarks>State-dict names are those of a sequence of convolution, norm and ReLU, as in timm.</remarks>
internal sealed class DeepStem : Module<Tensor, Tensor>
{
    // Arrays, because fields that are modules would also be registered under their own names.
    private readonly Convolution3x3[] convolutions;
    private readonly BatchNorm[] norms;

    public DeepStem(IReadOnlyList<ResNetConvolution> stem) : base(nameof(DeepStem))
    {
        convolutions = [.. stem.Select(c => new Convolution3x3(c.Inputs, c.Outputs, c.Stride))];
        norms = [.. stem.SkipLast(1).Select(c => new BatchNorm(c.Outputs))];
        for (int i = 0; i < convolutions.Length; i++) register_module($"{3 * i}", convolutions[i]);
        for (int i = 0; i < norms.Length; i++) register_module($"{3 * i + 1}", norms[i]);
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var x = norms[0].Relu(convolutions[0].call(input));
        x = norms[1].Relu(convolutions[1].call(x));
        return convolutions[2].call(x).MoveToOuterDisposeScope();
    }
}
