using System.Runtime.InteropServices;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// oneDNN's convolution with bias, residual and ReLU in one pass over the output. libtorch exports it to C, but TorchSharp does not expose
/// it.
/// </summary>
internal static unsafe partial class OneDnnConvolution
{
    // libtorch for Apple silicon has no oneDNN.
    private static readonly bool IsAvailable =
        LibTorch.TryGetExport("torch_cpu", "aoti_torch_cpu_mkldnn__convolution_pointwise", out _) &&
        LibTorch.TryGetExport("torch_cpu", "aoti_torch_cpu_mkldnn__convolution_pointwise_binary_", out _);

    /// <summary>The convolution with a border of half the kernel, then + bias, + residual and ReLU, in one pass over the output.</summary>
    /// <param name="x">(N, C, H, W) float32 on the CPU; borrowed, as are all arguments.</param>
    /// <param name="weight">(K, C, k, k).</param>
    /// <param name="bias">(K).</param>
    /// <param name="stride">The stride of both sides.</param>
    /// <param name="residual">Added if it is not null, and overwritten. The ReLU then follows in any case.</param>
    /// <param name="relu">Whether a ReLU follows.</param>
    /// <returns>(N, K, ⌈H/stride⌉, ⌈W/stride⌉) in the memory order of <paramref name="x"/>; owned by the caller.</returns>
    public static Tensor Convolve(Tensor x, Tensor weight, Tensor bias, int stride, Tensor? residual, bool relu)
    {
        long border = weight.shape[2] / 2;
        if (!IsAvailable) return InSteps(x, weight, bias, stride, border, residual, relu);
        long* borders = stackalloc long[] { border, border }, strides = stackalloc long[] { stride, stride },
            dilations = stackalloc long[] { 1, 1 };
        nint biasHandle = bias.Handle, y;
        int code;
        fixed (byte* none = "none"u8, rectify = "relu"u8, add = "add"u8)
        {
            double one = 1;
            code = residual is null
                ? Pointwise(x.Handle, weight.Handle, &biasHandle, borders, 2, strides, 2, dilations,
                    2, 1, relu ? rectify : none, null, 0, null, &y)
                : PointwiseBinary(residual.Handle, x.Handle, weight.Handle, &biasHandle, borders,
                    2, strides, 2, dilations, 2, 1, add, &one, &rectify, null, 0, null, &y);
        }
        if (code != 0)
            throw new InvalidOperationException($"libtorch failed at a convolution of ({string.Join(", ", x.shape)}) " +
                $"by ({string.Join(", ", weight.shape)}).");
        GC.KeepAlive(x);
        GC.KeepAlive(weight);
        GC.KeepAlive(bias);
        GC.KeepAlive(residual);
        return Tensor.UnsafeCreateTensor(y);
    }

    /// <summary>The same by libtorch's own operations, one after the other.</summary>
    internal static Tensor InSteps(Tensor x, Tensor weight, Tensor bias, int stride, long border, Tensor? residual, bool relu)
    {
        using var scope = NewDisposeScope();
        var y = ChannelsLast.Of(nn.functional.conv2d(x, weight, bias, strides: [stride, stride], padding: [border, border]));
        if (residual is not null) y.add_(residual);
        if (relu || residual is not null) y.relu_();
        return y.MoveToOuterDisposeScope();
    }

    [LibraryImport("torch_cpu", EntryPoint = "aoti_torch_cpu_mkldnn__convolution_pointwise")]
    private static partial int Pointwise(nint x, nint weight, nint* bias, long* padding, long paddings,
        long* stride, long strides, long* dilation, long dilations,
        long groups, byte* activation, double** scalars, long scalarCount, byte** algorithm, nint* y);

    [LibraryImport("torch_cpu", EntryPoint = "aoti_torch_cpu_mkldnn__convolution_pointwise_binary_")]
    private static partial int PointwiseBinary(nint other, nint x, nint weight, nint* bias,
        long* padding, long paddings, long* stride, long strides, long* dilation, long dilations,
        long groups, byte* operation, double* alpha, byte** activation, double** scalars, long scalarCount, byte** algorithm, nint* y);
}
