using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// A 3×3 convolution with a border of one zero and without bias, by the fastest method: libtorch's, Winograd's or, on tiny images, a matrix
/// product. (N, C, H, W) → (N, C', ⌈H/stride⌉, ⌈W/stride⌉).
/// </summary>
internal sealed class Convolution3x3 : Module<Tensor, Tensor>
{
    // Pixels of a batch from which the other methods are faster: they first transform the weight.
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

    /// <summary>Whether Winograd's method convolves an input of this shape and type.</summary>
    public bool IsWinograd(Tensor input) => !IsDense(input) && Pixels(input) >= WinogradPixels
        && WinogradConvolution.Suits(input, weight.shape[0]);

    public override Tensor forward(Tensor input)
    {
        if (IsDense(input))
        {
            long[] shape = input.shape;
            using var matrix = DenseConvolution.Matrix(weight, shape[2], shape[3]);
            return DenseConvolution.Convolve(input, matrix);
        }
        return IsWinograd(input) ? WinogradFunction.Of(input, weight)
            : functional.conv2d(input, weight, strides: [stride, stride], padding: [1, 1]);
    }

    private bool IsDense(Tensor input) => Pixels(input) >= DensePixels && DenseConvolution.Suits(input);

    // The pixels of the batch; 0 if the stride leaves some out.
    private long Pixels(Tensor input) => stride == 1 ? input.numel() / input.shape[1] : 0;
}
