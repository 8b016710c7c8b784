using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// A convolution with the batch norm after it folded in, then optionally + residual and ReLU, in one pass over the output. (N, C, H, W) →
/// (N, C', ⌈H/stride⌉, ⌈W/stride⌉), float32 on the CPU in N, H, W, C order; not differentiable.
/// </summary>
internal sealed class FoldedConvolution : IDisposable
{
    private readonly Tensor weight, bias;
    private readonly Tensor? filters; // for Winograd's method
    private readonly int stride;
    // The matrices of a dense convolution on 1 × 1 to 2 × 2 pixels. Each is made when it is first needed.
    private readonly Tensor?[] matrices = new Tensor?[4];

    /// <param name="folding">The network.</param>
    /// <param name="convolution">The name of the convolution.</param>
    /// <param name="norm">The name of its batch norm.</param>
    /// <param name="stride">The stride; the border is half of the kernel.</param>
    /// <exception cref="InvalidDataException">A folded weight is not finite; the message names the convolution.</exception>
    public FoldedConvolution(BatchNormFolding folding, string convolution, string norm, int stride)
    {
        using var scope = NewDisposeScope();
        this.stride = stride;
        weight = ChannelsLast.Of(folding.Weight(convolution, norm).to(ScalarType.Float32)).DetachFromDisposeScope();
        bias = folding.Bias(norm).to(ScalarType.Float32).DetachFromDisposeScope();
        if (ModelState.FaultOf([new($"{convolution}.weight", weight), new($"{norm}.bias", bias)]) is { } fault)
            throw new InvalidDataException($"With its batch norm {fault}: such an encoder computes nothing.");
        if (weight.shape[2] == 3 && stride == 1 && WinogradConvolution.Suits(weight.shape[1], weight.shape[0]))
            filters = WinogradConvolution.Transform(weight.permute(1, 2, 3, 0).contiguous(), rotate: false).DetachFromDisposeScope();
    }

    /// <param name="x">The input; borrowed.</param>
    /// <param name="residual">Added to the output; borrowed and overwritten.</param>
    /// <param name="relu">Whether a ReLU follows.</param>
    /// <returns>Owned by the caller.</returns>
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
        var y = DenseConvolution.Convolve(x, MatrixFor(x.shape[2], x.shape[3])).add_(bias.reshape(1, -1, 1, 1));
        if (residual is not null) y.add_(residual);
        if (relu) y.relu_();
        return y.MoveToOuterDisposeScope();
    }

    // Other threads may convolve images of other sizes, so a matrix lives as long as this object.
    private Tensor MatrixFor(long height, long width)
    {
        lock (matrices) return matrices[2 * height + width - 3] ??= DenseConvolution.Matrix(weight, height, width).DetachFromDisposeScope();
    }

    public void Dispose()
    {
        weight.Dispose();
        bias.Dispose();
        filters?.Dispose();
        foreach (var matrix in matrices) matrix?.Dispose();
    }
}
