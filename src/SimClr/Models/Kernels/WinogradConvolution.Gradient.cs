using System.Runtime.InteropServices;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Models;

internal static unsafe partial class WinogradConvolution
{
    private const int LeastPart = 128; // fewest tiles for a separate sum

    /// <summary>
    /// The gradient with respect to the filters: Gᵀ[Σ (A δ Aᵀ) ⊙ (Bᵀ d B)]G over all tiles, the derivative of <see cref="Convolve"/>.
    /// </summary>
    /// <param name="x">The input of the convolution, (N, C, H, W) in N, H, W, C order; borrowed.</param>
    /// <param name="gradient">The gradient with respect to its output, (N, K, H, W) in N, H, W, C order; borrowed.</param>
    /// <param name="before">As for <see cref="Convolve"/>.</param>
    /// <returns>(K, 3, 3, C), contiguous; owned by the caller.</returns>
    public static Tensor FilterGradient(Tensor x, Tensor gradient, BatchNormPass? before = null)
    {
        long[] shape = x.shape;
        int inputs = (int)shape[1], outputs = (int)gradient.shape[1];
        var grid = new TileGrid((int)shape[0], (int)shape[2], (int)shape[3]);
        int parts = Math.Clamp(grid.Count / LeastPart, 1, get_num_threads());
        fixed (float* lines = before?.Lines)
        {
            var call = new Backward(grid, parts, inputs, outputs, TorchCpu.Floats(x), TorchCpu.Floats(gradient), lines, before?.Width ?? 0);
            return FilterGradient(call, parts, inputs, outputs);
        }
    }

    private static Tensor FilterGradient(Backward call, int parts, int inputs, int outputs)
    {
        using var sums = empty(parts, call.Sum); // each part sums over its own tiles
        float* sum = TorchCpu.Floats(sums);
        TorchCpu.Ranges(parts, (begin, end) =>
        {
            for (int part = begin; part < end; part++) call.Part(part, sum + part * call.Sum);
        });

        var filters = empty(outputs, 3, 3, inputs);
        float* to = TorchCpu.Floats(filters);
        using var total = parts == 1 ? sums.alias() : sums.sum(dim: 0);
        float* from = TorchCpu.Floats(total);
        TorchCpu.Ranges(outputs, (begin, end) =>
        {
            for (int k = begin; k < end; k++)
                Winograd.FilterGradient(from + (nint)k * PanelMatmul.Width, call.Position,
                    (nint)outputs * PanelMatmul.Width, inputs, to + (nint)k * 9 * inputs, inputs);
        });
        return filters;
    }

    private sealed class Backward(TileGrid grid, int parts, int inputs, int outputs, float* x, float* gradient, float* lines, int width)
    {
        // Few enough that both sides stay in the cache, and enough that adding to the sums costs less than computing the terms.
        private readonly int block = Math.Min(Math.Max(64, Math.Min(inputs, outputs)), (grid.Count + parts - 1) / parts);

        /// <summary>Floats from one position of the sums, (C / 32, K, 32), to the next.</summary>
        public nint Position { get; } = (nint)inputs * outputs + Pad;

        /// <summary>Floats of the sums at all positions.</summary>
        public nint Sum => Winograd.Positions * Position;

        public void Part(int part, float* sums)
        {
            nint input = (nint)block * inputs + Pad, output = (nint)block * outputs + Pad;
            int widest = Math.Max(inputs, outputs);
            float* inputTiles = (float*)TensorMemory.Rent((nuint)(Winograd.Positions * (input + output) + widest) * sizeof(float));
            float* outputTiles = inputTiles + Winograd.Positions * input, zeros = outputTiles + Winograd.Positions * output;
            new Span<float>(zeros, widest).Clear();
            int begin = (int)((long)grid.Count * part / parts), end = (int)((long)grid.Count * (part + 1) / parts);
            if (begin == end) NativeMemory.Clear(sums, (nuint)Sum * sizeof(float));
            for (int first = begin; first < end; first += block)
            {
                int count = Math.Min(block, end - first);
                Transform(first, count, inputTiles, input, outputTiles, output, zeros);
                Multiply(count, inputTiles, input, outputTiles, output, sums, add: first > begin);
            }
            TensorMemory.GiveBack(inputTiles);
        }

        private void Transform(int first, int count, float* inputTiles, nint input, float* outputTiles, nint output, float* zeros)
        {
            float** pixels = stackalloc float*[36];
            nint panel = (nint)block * PanelMatmul.Width;
            for (int t = 0; t < count; t++)
            {
                grid.Pixels(first + t, 6, 1, x, inputs, zeros, pixels);
                Winograd.Input(pixels, inputs, inputTiles + t * PanelMatmul.Width, input, panel, lines, width, zeros);
                grid.Pixels(first + t, 4, 0, gradient, outputs, zeros, pixels);
                Winograd.OutputGradient(pixels, outputs, outputTiles + t * PanelMatmul.Width, output, panel);
            }
        }

        private void Multiply(int count, float* inputTiles, nint input, float* outputTiles, nint output, float* sums, bool add)
        {
            nint run = (nint)block * PanelMatmul.Width;
            for (int position = 0; position < Winograd.Positions; position++)
            {
                for (int panel = 0; panel < inputs / PanelMatmul.Width; panel++)
                {
                    float* b = inputTiles + position * input + panel * run;
                    for (int k = 0; k < outputs; k += PanelMatmul.Rows)
                    {
                        float* a = outputTiles + position * output + k / PanelMatmul.Width * run + k % PanelMatmul.Width;
                        float* c = sums + position * Position + ((nint)panel * outputs + k) * PanelMatmul.Width;
                        PanelMatmul.Compute(a, 1, PanelMatmul.Width, 0, 1, count, b, c, add);
                    }
                }
            }
        }
    }
}
