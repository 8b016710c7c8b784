using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>Views (N, C, S, S) → one token per patch, row by row: (N, (S/p)², D). A linear map of the p × p pixels.</summary>
internal sealed class PatchEmbedding : Module<Tensor, Tensor>
{
    private readonly Conv2d proj; // the field's name is the state-dict name
    private readonly int patch;

    public PatchEmbedding(int channels, int patch, int dimensions, Generator generator) : base(nameof(PatchEmbedding))
    {
        this.patch = patch;
        proj = Conv2d(channels, dimensions, patch, stride: patch);
        using (no_grad())
        {
            double bound = Math.Sqrt(6.0 / (channels * patch * patch + dimensions)); // MoCo v3: Xavier's, as for a linear layer
            proj.weight.uniform_(-bound, bound, generator);
            proj.bias!.zero_();
        }
        RegisterComponents();
    }

    // A matrix product: patches do not overlap.
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        long side = input.shape[2] / patch;
        var pixels = input.unflatten(2, [side, patch]).unflatten(4, [side, patch])                  // (N, C, y, p, x, p)
            .permute(0, 2, 4, 1, 3, 5).flatten(3, 5).flatten(1, 2);                                 // (N, P, C·p·p)
        return functional.linear(pixels, proj.weight.flatten(1), proj.bias).MoveToOuterDisposeScope();
    }
}
