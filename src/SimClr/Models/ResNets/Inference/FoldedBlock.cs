using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// A residual block for inference: (N, C, H, W) → (N, C', ⌈H/stride⌉, ⌈W/stride⌉), float32 on the CPU in N, H, W, C order; not
/// differentiable.
/// </summary>
internal sealed class FoldedBlock : IDisposable
{
    private readonly FoldedConvolution[] convolutions;
    private readonly FoldedSelectiveKernel? select;
    private readonly FoldedConvolution? shortcut;
    private readonly int pooling;

    /// <param name="folding">The network.</param>
    /// <param name="block">The block.</param>
    public FoldedBlock(BatchNormFolding folding, ResNetBlock block)
    {
        convolutions = [.. block.Convolutions.Select(Fold)];
        select = block.Selection is { } selection ? new FoldedSelectiveKernel(folding, selection) : null;
        shortcut = block.Shortcut is { } projection ? Fold(projection) : null;
        pooling = block.ShortcutPooling;

        FoldedConvolution Fold(ResNetConvolution c) => new(folding, c.Name, c.Norm!, c.Stride);
    }

    /// <param name="x">Borrowed; without a projection shortcut its values are overwritten.</param>
    /// <returns>Owned by the caller.</returns>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var y = x;
        for (int i = 0; i < convolutions.Length - 1; i++) y = convolutions[i].Forward(y, null, relu: true);
        if (select is not null) y = ChannelsLast.Of(select.Forward(y));
        return convolutions[^1].Forward(y, Residual(x), relu: true).MoveToOuterDisposeScope();
    }

    private Tensor Residual(Tensor x)
    {
        if (shortcut is null) return x;
        return shortcut.Forward(pooling == 0 ? x : ChannelsLast.Of(ProjectionShortcut.Average(x, pooling)), null, relu: false);
    }

    public void Dispose()
    {
        foreach (var convolution in convolutions) convolution.Dispose();
        select?.Dispose();
        shortcut?.Dispose();
    }
}
