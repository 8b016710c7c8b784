using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// A 3×3 convolution with a border of one zero and without bias, by the fastest way there is: libtorch's, Winograd's or, on tiny images,
/// a product of matrices. (N, C, H, W) → (N, C', ⌈H/stride⌉, ⌈W/stride⌉).
/// </summary>
internal sealed class Convolution3x3 : Module<Tensor, Tensor>
{
    // Pixels of a batch from which the other ways are faster: they have the weight to prepare.
    private const int DensePixels = 256, WinogradPixels = 1024;

    private readonly Parameter weight; // (C', C, 3, 3)
    private readonly int stride;

    public Convolution3x3(int inputs, int outputs, int stride = 1) : base(nameof(Convolution3x3))
    {
        this.stride = stride;
        weight = Parameter(empty(outputs, inputs, 3, 3));
        weight.DetachFromDisposeScope();
        RegisterComponents();
    }

    public Parameter Weight => weight;

    public override Tensor forward(Tensor input)
    {
        long[] shape = input.shape;
        long pixels = stride == 1 ? shape[0] * shape[2] * shape[3] : 0;
        if (pixels >= DensePixels && DenseConvolution.Suits(input))
        {
            using var matrix = DenseConvolution.Matrix(weight, shape[2], shape[3]);
            return DenseConvolution.Convolve(input, matrix);
        }
        if (pixels >= WinogradPixels && WinogradConvolution.Suits(input, weight.shape[0]))
            return is_grad_enabled() ? WinogradFunction.apply(input, weight) : WinogradFunction.Convolve(input, weight);
        return functional.conv2d(input, weight, strides: [stride, stride], padding: [1, 1]);
    }
}
