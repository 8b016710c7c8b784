using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>A <see cref="SelectiveKernel"/> as it evaluates: (N, 2C, H, W) → (N, C, H, W), float32 on the CPU; not differentiable.</summary>
internal sealed class FoldedSelectiveKernel : IDisposable
{
    private readonly Tensor reduce, bias, expand;

    /// <param name="folding">The network.</param>
    /// <param name="name">Of the module.</param>
    public FoldedSelectiveKernel(BatchNormFolding folding, string name)
    {
        using var scope = NewDisposeScope();
        reduce = folding.Reduce(name).flatten(1).to(ScalarType.Float32).DetachFromDisposeScope();
        bias = folding.Bias($"{name}.norm").to(ScalarType.Float32).DetachFromDisposeScope();
        expand = folding.Expand(name).flatten(1).to(ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <param name="paths">Borrowed.</param>
    /// <returns>The caller's.</returns>
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
