using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>A <see cref="SelectiveKernel"/> for inference: (N, 2C, H, W) → (N, C, H, W), float32 on the CPU; not differentiable.</summary>
internal sealed class FoldedSelectiveKernel : IDisposable
{
    private readonly Tensor reduce, bias, expand;

    /// <param name="folding">The network.</param>
    /// <param name="selection">The module.</param>
    public FoldedSelectiveKernel(BatchNormFolding folding, ResNetSelection selection)
    {
        using var scope = NewDisposeScope();
        reduce = Reduce(folding, selection).flatten(1).to(ScalarType.Float32).DetachFromDisposeScope();
        bias = folding.Bias(selection.Reduce.Norm!).to(ScalarType.Float32).DetachFromDisposeScope();
        expand = Expand(folding, selection).flatten(1).to(ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <summary>W₁ for the means of both paths side by side, (R, 2C, 1, 1); see <see cref="BatchNormFolding.Weight"/>.</summary>
    public static Tensor Reduce(BatchNormFolding folding, ResNetSelection selection)
    {
        var weight = folding.Weight(selection.Reduce.Name, selection.Reduce.Norm!);
        return cat([weight, weight], 1);
    }

    /// <summary>W₂ for the difference of the paths' logits, (C, R, 1, 1); see <see cref="BatchNormFolding.Weight"/>.</summary>
    public static Tensor Expand(BatchNormFolding folding, ResNetSelection selection)
    {
        var paths = folding.Float64($"{selection.Expand.Name}.weight").chunk(2);
        return paths[0] - paths[1];
    }

    /// <param name="paths">Borrowed.</param>
    /// <returns>Owned by the caller.</returns>
    public Tensor Forward(Tensor paths)
    {
        using var scope = NewDisposeScope();
        var reduced = nn.functional.linear(paths.mean([2, 3]), reduce, bias).relu_();
        var difference = nn.functional.linear(reduced, expand).unsqueeze(-1).unsqueeze(-1); // (N, C, 1, 1)
        return SelectiveKernel.Mix(paths, difference).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        reduce.Dispose();
        bias.Dispose();
        expand.Dispose();
    }
}
