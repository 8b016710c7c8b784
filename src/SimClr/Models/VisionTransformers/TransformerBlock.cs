using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// A block of a vision transformer (Dosovitskiy et al. 2021, eqs. 2 and 3): tokens (N, T, D) → (N, T, D), x + attention(norm1(x)), then
/// x + mlp(norm2(x)). With LayerScale every branch has one learned factor per dimension.
/// </summary>
internal sealed class TransformerBlock : Module<Tensor, Tensor>
{
    // Field names are state-dict names, timm's.
    private readonly LayerNorm norm1, norm2;
    private readonly Attention attn;
    private readonly FeedForward mlp;
    private readonly ChannelScale? ls1, ls2;
    private readonly StochasticDepth depth;

    public TransformerBlock(VisionTransformerOptions options, int block, Generator generator) : base(nameof(TransformerBlock))
    {
        int d = options.FeatureDim;
        norm1 = LayerNorm(d, VisionTransformer.Epsilon);
        attn = new Attention(d, options.HeadCount, generator);
        norm2 = LayerNorm(d, VisionTransformer.Epsilon);
        mlp = new FeedForward(d, generator);
        if (options.LayerScale > 0) (ls1, ls2) = (new ChannelScale(d, options.LayerScale), new ChannelScale(d, options.LayerScale));
        depth = StochasticDepth.Of(block, options.Blocks, options.StochasticDepth);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var x = input + Branch(attn.call(norm1.call(input)), ls1);
        return (x + Branch(mlp.call(norm2.call(x)), ls2)).MoveToOuterDisposeScope();
    }

    private Tensor Branch(Tensor x, ChannelScale? scale) => depth.Apply(scale is null ? x : scale.call(x), training);
}
