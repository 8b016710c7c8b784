using System.Buffers;
using System.Numerics;
using SimClr.Runtime;

namespace SimClr.Models;

/// <summary>
/// A channels-last activation (N, C, H, W), or features (N, C), as a matrix in memory with M = N·H·W rows of C channels, cut into blocks
/// that fit into a core's cache. The cut depends on the shape only. A sum within the blocks and then over the blocks, in their order, is
/// therefore the same to the last bit on any number of threads.
/// </summary>
/// <remarks>
/// Loops run over lines of <see cref="Width"/> floats: a whole number of rows and of the widest vectors, for any C. A line repeats the
/// values of the channels. The last line ends where the matrix ends.
/// </remarks>
internal sealed unsafe class ChannelBlocks
{
    private const int Lanes = 16, LeastWidth = 256, LeastLines = 16;
    private const int LeastBlock = 1 << 14, LargestBlock = 1 << 16; // floats: 64 and 256 KiB

    private readonly long length;
    private readonly int block, count;

    public ChannelBlocks(long rows, int channels)
    {
        (Rows, Channels, length) = (rows, channels, rows * channels);
        int least = channels * (Lanes / (int)BigInteger.GreatestCommonDivisor(channels, Lanes));
        Width = least * ((LeastWidth + least - 1) / least);
        block = Width * Math.Max(LeastLines, (int)Math.Clamp(length / 64, LeastBlock, LargestBlock) / Width);
        count = (int)((length + block - 1) / block);
    }

    /// <summary>M, the rows.</summary>
    public long Rows { get; }

    /// <summary>C, the channels.</summary>
    public int Channels { get; }

    /// <summary>Floats in a line.</summary>
    public int Width { get; }

    /// <summary>Processes a block, given its first element and its length.</summary>
    public delegate void Body(long start, int length);

    /// <summary>Processes a block and adds to three lines.</summary>
    public delegate void Adding(long start, int length, float* first, float* second, float* pivot);

    /// <summary>Fills a line with one value per channel, repeated.</summary>
    public void Fill(Span<float> line, Func<int, double> value)
    {
        for (int c = 0; c < Channels; c++) line[c] = (float)value(c);
        for (int j = Channels; j < Width; j++) line[j] = line[j - Channels];
    }

    /// <summary>Processes every block, on libtorch's threads.</summary>
    public void Each(Body body) => TorchCpu.For(count, i => body(Start(i), Length(i)));

    /// <summary>
    /// Two sums for every channel, (2, C): Σ a and Σ b. They are added in float32 within a block, and in float64 over the blocks.
    /// </summary>
    /// <param name="body">
    /// Adds Σ (a − p) and Σ b to two lines of zeros. The third line holds p, which is 0 unless the body sets it. If it is set, b is (a −
    /// p)², and the result is Σ a².
    /// </param>
    public double[] Sums(Adding body)
    {
        var parts = ArrayPool<double>.Shared.Rent(count * 2 * Channels);
        TorchCpu.For(count, i =>
        {
            var lines = ArrayPool<float>.Shared.Rent(3 * Width);
            lines.AsSpan(0, 3 * Width).Clear();
            fixed (float* first = lines)
            {
                body(Start(i), Length(i), first, first + Width, first + 2 * Width);
                Fold(first, Length(i), parts.AsSpan(i * 2 * Channels, 2 * Channels));
            }
            ArrayPool<float>.Shared.Return(lines);
        });
        var sums = new double[2 * Channels];
        for (int i = 0; i < count; i++)
        {
            for (int c = 0; c < sums.Length; c++) sums[c] += parts[i * sums.Length + c];
        }
        ArrayPool<double>.Shared.Return(parts);
        return sums;
    }

    private long Start(int i) => (long)i * block;

    private int Length(int i) => (int)Math.Min(block, length - Start(i));

    private void Fold(float* first, int values, Span<double> sums)
    {
        float* second = first + Width, pivot = second + Width;
        sums.Clear();
        for (int j = 0, c = 0; j < Width; j++, c = c + 1 == Channels ? 0 : c + 1)
        {
            double n = values / Width + (j < values % Width ? 1 : 0), p = pivot[j];
            sums[c] += first[j] + n * p;
            sums[Channels + c] += second[j] + p * (2 * first[j] + n * p);
        }
    }
}
