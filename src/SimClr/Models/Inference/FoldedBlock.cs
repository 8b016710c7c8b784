using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>A residual block as it evaluates: (N, C, H, W) → (N, C', ⌈H/stride⌉, ⌈W/stride⌉), float32 on the CPU in N, H, W, C order; not differentiable.</summary>
internal sealed class FoldedBlock : IDisposable
{
    private readonly FoldedConvolution[] convolutions;
    private readonly FoldedSelectiveKernel? select;
    private readonly FoldedConvolution? shortcut;
    private readonly int stride;

    /// <param name="folding">The network.</param>
    /// <param name="state">Its tensors by state-dict name; borrowed.</param>
    /// <param name="block">Name of the block.</param>
    /// <param name="stride">The block's.</param>
    public FoldedBlock(BatchNormFolding folding, IReadOnlyDictionary<string, Tensor> state, string block, int stride)
    {
        this.stride = stride;
        int last = state.ContainsKey($"{block}.conv3.weight") ? 3 : 2;
        convolutions = new FoldedConvolution[last];
        for (int i = 1; i <= last; i++) convolutions[i - 1] = new FoldedConvolution(folding, $"{block}.conv{i}", $"{block}.bn{i}", i == last - 1 ? stride : 1);
        if (state.ContainsKey($"{block}.select.reduce.weight")) select = new FoldedSelectiveKernel(folding, $"{block}.select");
        if (state.ContainsKey($"{block}.downsample.0.weight")) // of averages it takes every one
            shortcut = new FoldedConvolution(folding, $"{block}.downsample.0", $"{block}.downsample.1", select is null ? stride : 1);
    }

    /// <param name="x">Borrowed; without a projection shortcut its values are lost.</param>
    /// <returns>The caller's.</returns>
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
        return shortcut.Forward(select is null ? x : ChannelsLast.Of(ProjectionShortcut.Average(x, stride)), null, relu: false);
    }

    public void Dispose()
    {
        foreach (var convolution in convolutions) convolution.Dispose();
        select?.Dispose();
        shortcut?.Dispose();
    }
}
