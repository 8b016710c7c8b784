using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// A block (Liu et al. 2022, Fig. 4): depthwise 7×7 convolution, layer norm, C → 4·C, GELU, 4·C → C, LayerScale; added to its input.
/// (N, H, W, C) → (N, H, W, C).
/// </summary>
internal sealed class ConvNeXtBlock : Module<Tensor, Tensor>
{
    // Field names are state-dict names.
    private readonly Parameter layer_scale; // (C, 1, 1), torchvision's shape
    private readonly Sequential block;
    private readonly Module<Tensor, Tensor>[] layers; // the children of block
    private readonly StochasticDepth depth;

    public ConvNeXtBlock(int channels, double layerScale, StochasticDepth depth, Generator generator) : base(nameof(ConvNeXtBlock))
    {
        this.depth = depth;
        layer_scale = Parameter(full(channels, 1, 1, layerScale));
        // torchvision's numbers: 1 and 6 are its permutations, 4 is GELU.
        layers =
        [
            PatchConvolution.Drawn(Conv2d(channels, channels, 7, padding: 3, groups: channels), generator),
            LayerNorm(channels, ConvNeXt.Epsilon), Drawn(Linear(channels, 4 * channels), generator), GELU(),
            Drawn(Linear(4 * channels, channels), generator),
        ];
        block = Sequential(("0", layers[0]), ("2", layers[1]), ("3", layers[2]), ("4", layers[3]), ("5", layers[4]));
        RegisterComponents();
        layer_scale.DetachFromDisposeScope();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var x = layers[0].call(input.permute(0, 3, 1, 2)).permute(0, 2, 3, 1);
        foreach (var layer in layers.AsSpan(1)) x = layer.call(x);
        return (input + depth.Apply(x * layer_scale.flatten(), training)).MoveToOuterDisposeScope();
    }

    private static Linear Drawn(Linear layer, Generator generator)
    {
        using var _ = no_grad();
        layer.weight.normal_(0, 0.02, generator);
        layer.bias!.zero_();
        return layer;
    }
}
