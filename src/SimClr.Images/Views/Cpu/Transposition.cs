using System.Runtime.CompilerServices;

namespace SimClr.Views;

/// <summary>Transposes lines of floats.</summary>
internal static class Transposition<V> where V : struct, IFloats<V>
{
    private const int Block = 16; // floats: one cache line, on both sides

    /// <summary>to[j, i] ← from[i, j].</summary>
    /// <param name="from">The first line to read.</param>
    /// <param name="fromStride">Floats from one line to the next.</param>
    /// <param name="to">The first line to write.</param>
    /// <param name="toStride">Floats from one line to the next.</param>
    /// <param name="lines">Lines to read, rounded up to whole registers. Both sides have room for them.</param>
    /// <param name="length">Floats to read of each, rounded up to a multiple of four.</param>
    public static void Copy(ref float from, nint fromStride, ref float to, nint toStride, int lines, int length)
    {
        for (int left = 0; left < length; left += Block)
            for (int i = 0; i < lines; i += V.Lanes)
                for (int j = left; j < Math.Min(left + Block, length); j += 4)
                    FourColumns(
                        ref Unsafe.Add(ref from, i * fromStride + j), fromStride, ref Unsafe.Add(ref to, j * toStride + i), toStride);
    }

    // A register holds four floats of every fourth line. Interleaving then gives columns of four lines in each of its quarters.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourColumns(ref float from, nint fromStride, ref float to, nint toStride)
    {
        V a = V.LoadFours(ref from, 0, 4 * fromStride), b = V.LoadFours(ref from, fromStride, 4 * fromStride);
        V c = V.LoadFours(ref from, 2 * fromStride, 4 * fromStride), d = V.LoadFours(ref from, 3 * fromStride, 4 * fromStride);
        V low = V.ZipLow(a, c), high = V.ZipHigh(a, c), otherLow = V.ZipLow(b, d), otherHigh = V.ZipHigh(b, d);
        V.ZipLow(low, otherLow).Store(ref to, 0);
        V.ZipHigh(low, otherLow).Store(ref to, toStride);
        V.ZipLow(high, otherHigh).Store(ref to, 2 * toStride);
        V.ZipHigh(high, otherHigh).Store(ref to, 3 * toStride);
    }
}
