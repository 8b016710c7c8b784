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
    private readonly Tensor?[] matrices = new Tensor?[4]; // of a dense convolution on 1 × 1 to 2 × 2 pixels, each made when it is first needed

    /// <param name="folding">The network.</param>
    /// <param name="convolution">Name of the convolution.</param>
    /// <param name="norm">Name of its batch norm.</param>
    /// <param name="stride">Its stride; the border is half of the kernel.</param>
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
        var y = DenseConvolution.Convolve(x, MatrixFor(x.shape[2], x.shape[3])).add_(bias.reshape(1, -1, 1, 1));
        if (residual is not null) y.add_(residual);
        if (relu) y.relu_();
        return y.MoveToOuterDisposeScope();
    }

    // Other threads may be at work with images of other sides: a matrix stays for this object's life.
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
