using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// A convolution with the batch norm after it folded in, then + residual and ReLU where they are wanted, in one pass over the output.
/// (N, C, H, W) → (N, C', ⌈H/stride⌉, ⌈W/stride⌉), float32 on the CPU in N, H, W, C order; not differentiable.
/// </summary>
internal sealed class FoldedConvolution : IDisposable
{
    private readonly Tensor weight, bias;
    private readonly Tensor? filters; // Winograd's
    private readonly int stride;
    private Tensor? matrix; // of a dense convolution, made when it is first needed
    private (long Height, long Width) matrixSides;

    /// <param name="folding">The network.</param>
    /// <param name="convolution">Name of the convolution.</param>
    /// <param name="norm">Name of its batch norm.</param>
    /// <param name="stride">Its stride; the border is half of the kernel.</param>
    public FoldedConvolution(BatchNormFolding folding, string convolution, string norm, int stride)
    {
        using var scope = NewDisposeScope();
        this.stride = stride;
        weight = ChannelsLast.Of(folding.Weight(convolution, norm).to(ScalarType.Float32)).DetachFromDisposeScope();
        bias = folding.Bias(norm).to(ScalarType.Float32).DetachFromDisposeScope();
        if (weight.shape[2] == 3 && stride == 1 && WinogradConvolution.Suits(weight.shape[1], weight.shape[0]))
            filters = WinogradConvolution.Transform(weight.permute(1, 2, 3, 0).contiguous(), rotate: false).DetachFromDisposeScope();
    }

    /// <param name="x">Borrowed.</param>
    /// <param name="residual">What is added to the output; borrowed, and its values are lost.</param>
    /// <param name="relu">Whether to end with a ReLU.</param>
    /// <returns>The caller's.</returns>
    public Tensor Forward(Tensor x, Tensor? residual, bool relu)
    {
        if (weight.shape[2] == 3 && stride == 1 && DenseConvolution.Suits(x)) return Dense(x, residual, relu);
        return filters is not null && WinogradConvolution.Suits(x, weight.shape[0])
            ? WinogradConvolution.Convolve(x, filters, (int)weight.shape[0], bias, residual, relu)
            : OneDnnConvolution.Convolve(x, weight, bias, stride, residual, relu);
    }

    private Tensor Dense(Tensor x, Tensor? residual, bool relu)
    {
        using var scope = NewDisposeScope();
        var sides = (x.shape[2], x.shape[3]);
        if (matrix is null || matrixSides != sides)
        {
            matrix?.Dispose();
            matrix = DenseConvolution.Matrix(weight, sides.Item1, sides.Item2).DetachFromDisposeScope();
            matrixSides = sides;
        }
        var y = DenseConvolution.Convolve(x, matrix).add_(bias.reshape(1, -1, 1, 1));
        if (residual is not null) y.add_(residual);
        if (relu) y.relu_();
        return y.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        weight.Dispose();
        bias.Dispose();
        filters?.Dispose();
        matrix?.Dispose();
    }
}
