using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SimClr.Views;

/// <summary>
/// Antialiased resizing of a crop of an image: down the columns first, on whole rows, then along each row, the three
/// channels of a pixel in the lanes of one vector. Scratch memory is kept between calls: one resampler per thread.
/// </summary>
internal sealed class Resampler
{
    private readonly FilterTaps columns = new(), rows = new();
    private float[] strip = [];

    /// <summary>Resizes a crop of an interleaved image into three planes.</summary>
    /// <typeparam name="T">byte in [0, 255] (becomes [0, 1]) or float (stays as it is).</typeparam>
    /// <param name="pixels">(H, W, 3), interleaved.</param>
    /// <param name="width">W.</param>
    /// <param name="crop">Inside the image.</param>
    /// <param name="flip">Mirror left to right.</param>
    /// <param name="filter">The filter; the cubic one can leave [0, 1].</param>
    /// <param name="planes">(3, S, S), written.</param>
    /// <param name="size">S.</param>
    public void Resize<T>(ReadOnlySpan<T> pixels, int width, CropBox crop, bool flip, Interpolation filter, Span<float> planes, int size)
        where T : unmanaged
    {
        columns.Compute(crop.Width, size, filter, 1);
        rows.Compute(crop.Height, size, filter, typeof(T) == typeof(byte) ? 1.0 / 255 : 1);

        int samples = crop.Width * 3;
        if (strip.Length < samples + Vector128<float>.Count) strip = new float[samples + 64];
        for (int y = 0; y < size; y++)
        {
            var weights = rows.Weights(y);
            for (int k = 0; k < weights.Length; k++)
            {
                int start = ((crop.Top + rows.First(y) + k) * width + crop.Left) * 3;
                AddRow(pixels.Slice(start, samples), weights[k], strip, accumulate: k > 0);
            }
            FilterRow(planes[(y * size)..], size, flip);
        }
    }

    private void FilterRow(Span<float> planes, int size, bool flip)
    {
        ref float source = ref MemoryMarshal.GetArrayDataReference(strip);
        Span<float> r = planes[..size], g = planes.Slice(size * size, size), b = planes.Slice(2 * size * size, size);
        for (int x = 0; x < size; x++)
        {
            var weights = columns.Weights(x);
            ref float pixel = ref Unsafe.Add(ref source, 3 * columns.First(x));
            var sum = Vector128<float>.Zero;
            for (int k = 0; k < weights.Length; k++)
                sum = Vector128.FusedMultiplyAdd(Vector128.LoadUnsafe(ref pixel, (nuint)(3 * k)), Vector128.Create(weights[k]), sum);
            int at = flip ? size - 1 - x : x;
            r[at] = sum[0];
            g[at] = sum[1];
            b[at] = sum[2];
        }
    }

    private static void AddRow<T>(ReadOnlySpan<T> row, float weight, float[] sum, bool accumulate) where T : unmanaged
    {
        ref T source = ref MemoryMarshal.GetReference(row);
        ref float target = ref MemoryMarshal.GetArrayDataReference(sum);
        var w = Vector256.Create(weight);
        int i = 0;
        for (; i <= row.Length - 8; i += 8)
        {
            var before = accumulate ? Vector256.LoadUnsafe(ref target, (nuint)i) : Vector256<float>.Zero;
            Vector256.FusedMultiplyAdd(Eight(ref Unsafe.Add(ref source, i)), w, before).StoreUnsafe(ref target, (nuint)i);
        }
        for (; i < row.Length; i++)
            sum[i] = float.FusedMultiplyAdd(One(ref Unsafe.Add(ref source, i)), weight, accumulate ? sum[i] : 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float One<T>(ref T source) where T : unmanaged =>
        typeof(T) == typeof(byte) ? Unsafe.As<T, byte>(ref source) : Unsafe.As<T, float>(ref source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Eight<T>(ref T source) where T : unmanaged
    {
        if (typeof(T) != typeof(byte)) return Vector256.LoadUnsafe(ref Unsafe.As<T, float>(ref source));
        var bytes = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(ref Unsafe.As<T, byte>(ref source))).AsByte();
        if (Avx2.IsSupported) return Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(bytes));
        var words = Vector128.WidenLower(bytes);
        return Vector256.ConvertToSingle(Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words)).AsInt32());
    }
}
