using System.Runtime.Intrinsics;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// 3×3 convolutions of stride 1 with a border of zeros, by Winograd's method (<see cref="Winograd"/>), which needs a quarter of the
/// multiplications. A thread takes blocks of tiles through all three stages while they are in its cache. Tensors are in N, H, W, C order
/// (<see cref="ChannelsLast"/>).
/// </summary>
internal static unsafe partial class WinogradConvolution
{
    private const int Pad = 16; // floats between positions, so that they do not share cache lines

    /// <summary>
    /// Whether the method is available and faster: AVX2 or AVX-512, whole panels of channels, float32 on the CPU, and sides of at least 3.
    /// </summary>
    /// <param name="x">(N, C, H, W).</param>
    /// <param name="outputs">K.</param>
    public static bool Suits(Tensor x, long outputs)
    {
        long[] shape = x.shape;
        return Suits(shape[1], outputs) && x.dtype == ScalarType.Float32 && x.device_type == TorchSharp.DeviceType.CPU
            && Math.Min(shape[2], shape[3]) >= 3;
    }

    /// <summary>Whether the processor and the numbers of channels allow the method.</summary>
    public static bool Suits(long inputs, long outputs) =>
        Vector256.IsHardwareAccelerated && inputs % PanelMatmul.Width == 0 && outputs % PanelMatmul.Width == 0;

    /// <summary>
    /// Transforms filters for <see cref="Convolve"/>: filters at the 36 positions, (36, K / 32, C, 32) with a gap after each position.
    /// </summary>
    /// <param name="filters">(C, 3, 3, K), contiguous. The convolution sums over C.</param>
    /// <param name="rotate">Whether the filters are rotated by half a turn, as the gradient with respect to the input needs them.</param>
    /// <returns>Owned by the caller.</returns>
    public static Tensor Transform(Tensor filters, bool rotate)
    {
        int inputs = (int)filters.shape[0], outputs = (int)filters.shape[3];
        nint position = (nint)inputs * outputs + Pad;
        var transformed = empty(Winograd.Positions * position);
        float* from = TorchCpu.Floats(filters), to = TorchCpu.Floats(transformed);
        TorchCpu.Ranges(inputs, (begin, end) =>
        {
            for (int c = begin; c < end; c++)
            {
                float* row = from + (nint)c * 9 * outputs + (rotate ? 8 * outputs : 0);
                Winograd.Filter(row, rotate ? -outputs : outputs, outputs, to + (nint)c * PanelMatmul.Width,
                    position, (nint)inputs * PanelMatmul.Width);
            }
        });
        return transformed;
    }

    /// <summary>The convolution; then optionally + bias, + residual and ReLU.</summary>
    /// <param name="x">(N, C, H, W) in N, H, W, C order; borrowed, as are all arguments.</param>
    /// <param name="filters">The result of <see cref="Transform"/>.</param>
    /// <param name="outputs">K.</param>
    /// <param name="bias">(K).</param>
    /// <param name="residual">(N, K, H, W) in N, H, W, C order.</param>
    /// <param name="relu">Whether a ReLU follows.</param>
    /// <param name="before">The batch normalisation and ReLU that are applied to x when it is read; null for none.</param>
    /// <returns>(N, K, H, W) in N, H, W, C order; owned by the caller.</returns>
    public static Tensor Convolve(Tensor x, Tensor filters, int outputs, Tensor? bias = null,
        Tensor? residual = null, bool relu = false, BatchNormPass? before = null)
    {
        long[] shape = x.shape;
        int inputs = (int)shape[1];
        var grid = new TileGrid((int)shape[0], (int)shape[2], (int)shape[3]);
        using var y = empty(shape[0], shape[2], shape[3], outputs);
        fixed (float* lines = before?.Lines)
        {
            var call = new Forward(grid, inputs, outputs, TorchCpu.Floats(x), TorchCpu.Floats(filters), TorchCpu.Floats(y),
                bias is null ? null : TorchCpu.Floats(bias),
                residual is null ? null : TorchCpu.Floats(residual), relu, lines, before?.Width ?? 0);
            TorchCpu.Ranges((grid.Count + call.Block - 1) / call.Block, call.Blocks);
        }
        return y.permute(0, 3, 1, 2);
    }

    private sealed class Forward(TileGrid grid, int inputs, int outputs, float* x, float* filters,
        float* y, float* bias, float* residual, bool relu, float* lines, int width)
    {
        /// <summary>Tiles in a block: more if there are many filters, because every block reads all filters again.</summary>
        public int Block { get; } = inputs + outputs <= 128 ? 32 : 64;

        public void Blocks(int begin, int end)
        {
            nint input = (nint)Block * inputs + Pad, output = (nint)Block * outputs + Pad; // floats per position
            nint length = Winograd.Positions * (input + output) + inputs + outputs;
            float* transformed = (float*)TensorMemory.Rent((nuint)length * sizeof(float));
            float* products = transformed + Winograd.Positions * input, outside = products + Winograd.Positions * output;
            for (int block = begin; block < end; block++)
            {
                int first = block * Block, count = Math.Min(Block, grid.Count - first);
                Transform(first, count, transformed, input, outside);
                Multiply(count, transformed, input, products, output);
                TransformBack(first, count, products, output, outside);
            }
            TensorMemory.GiveBack(transformed);
        }

        private void Transform(int first, int count, float* transformed, nint position, float* zeros)
        {
            float** pixels = stackalloc float*[36];
            new Span<float>(zeros, inputs).Clear();
            for (int t = 0; t < count; t++)
            {
                grid.Pixels(first + t, 6, 1, x, inputs, zeros, pixels);
                Winograd.Input(pixels, inputs, transformed + t * PanelMatmul.Width, position,
                    (nint)Block * PanelMatmul.Width, lines, width, zeros);
            }
        }

        // Rows after the last tile are computed from arbitrary values and never read.
        private void Multiply(int count, float* transformed, nint input, float* products, nint output)
        {
            nint filterPosition = (nint)inputs * outputs + Pad, run = (nint)Block * PanelMatmul.Width;
            for (int position = 0; position < Winograd.Positions; position++)
            {
                for (int panel = 0; panel < outputs / PanelMatmul.Width; panel++)
                {
                    float* b = filters + position * filterPosition + (nint)panel * inputs * PanelMatmul.Width;
                    for (int t = 0; t < count; t += PanelMatmul.Rows)
                    {
                        nint row = (nint)t * PanelMatmul.Width;
                        PanelMatmul.Compute(transformed + position * input + row, PanelMatmul.Width,
                            1, run, inputs / PanelMatmul.Width, PanelMatmul.Width,
                            b, products + position * output + panel * run + row, add: false);
                    }
                }
            }
        }

        private void TransformBack(int first, int count, float* products, nint position, float* outside)
        {
            float** pixels = stackalloc float*[16], added = stackalloc float*[16];
            for (int t = 0; t < count; t++)
            {
                grid.Pixels(first + t, 4, 0, y, outputs, outside, pixels);
                if (residual != null) grid.Pixels(first + t, 4, 0, residual, outputs, outside, added);
                Winograd.Output(products + t * PanelMatmul.Width, position, (nint)Block * PanelMatmul.Width,
                    outputs, pixels, bias, residual == null ? null : added, relu);
            }
        }
    }
}
