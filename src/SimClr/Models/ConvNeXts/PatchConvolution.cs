using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// A convolution whose kernel and stride are a patch, with a layer norm over the channels after it (the stem) or before it (the
/// downsampling between stages). (N, H, W, C) → (N, H/p, W/p, C'); a rest of the sides is cut off.
/// </summary>
internal sealed class PatchConvolution : Module<Tensor, Tensor>
{
    private readonly LayerNorm norm;
    private readonly Conv2d convolution;
    private readonly bool normFirst;

    public PatchConvolution(int inputs, int outputs, int patch, bool normFirst, Generator generator) : base(nameof(PatchConvolution))
    {
        this.normFirst = normFirst;
        norm = LayerNorm(normFirst ? inputs : outputs, ConvNeXt.Epsilon);
        convolution = Drawn(Conv2d(inputs, outputs, patch, stride: patch), generator);
        register_module(normFirst ? "0" : "1", norm); // torchvision's names
        register_module(normFirst ? "1" : "0", convolution);
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var x = normFirst ? norm.call(input) : input;
        x = convolution.call(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1);
        return (normFirst ? x : norm.call(x)).MoveToOuterDisposeScope();
    }

    /// <summary>A convolution with weights from N(0, 0.02²), in N, H, W, C order; the same object.</summary>
    public static Conv2d Drawn(Conv2d convolution, Generator generator)
    {
        using (no_grad())
        {
            convolution.weight.normal_(0, 0.02, generator);
            convolution.bias!.zero_();
        }
        ChannelsLast.Restride(convolution.weight);
        return convolution;
    }
}
