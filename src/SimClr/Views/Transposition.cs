using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace SimClr.Views;

/// <summary>Turns lines of floats into columns, in squares of four by four.</summary>
internal static class Transposition
{
    private const int Block = 16; // floats: a cache line, on both sides

    /// <summary>to[j, i] ← from[i, j], for as many as asked for rounded up to fours: both sides have room for them.</summary>
    /// <param name="from">The first of <paramref name="lines"/> lines.</param>
    /// <param name="fromStride">Floats from a line to the next.</param>
    /// <param name="to">The first of <paramref name="length"/> lines.</param>
    /// <param name="toStride">Floats from a line to the next.</param>
    /// <param name="lines">Lines read.</param>
    /// <param name="length">Floats read of each.</param>
    public static void Copy(ref float from, nint fromStride, ref float to, nint toStride, int lines, int length)
    {
        for (int top = 0; top < lines; top += Block)
            for (int left = 0; left < length; left += Block)
                for (int i = top; i < Math.Min(top + Block, lines); i += 4)
                    for (int j = left; j < Math.Min(left + Block, length); j += 4)
                        Four(ref Unsafe.Add(ref from, i * fromStride + j), fromStride, ref Unsafe.Add(ref to, j * toStride + i), toStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(ref float from, nint fromStride, ref float to, nint toStride)
    {
        Vector128<float> a = Vector128.LoadUnsafe(ref from), b = Vector128.LoadUnsafe(ref from, (nuint)fromStride);
        Vector128<float> c = Vector128.LoadUnsafe(ref from, (nuint)(2 * fromStride)), d = Vector128.LoadUnsafe(ref from, (nuint)(3 * fromStride));
        var (ac, acHigh) = Zip(a, c);
        var (bd, bdHigh) = Zip(b, d);
        var (first, second) = Zip(ac, bd);
        var (third, fourth) = Zip(acHigh, bdHigh);
        first.StoreUnsafe(ref to);
        second.StoreUnsafe(ref to, (nuint)toStride);
        third.StoreUnsafe(ref to, (nuint)(2 * toStride));
        fourth.StoreUnsafe(ref to, (nuint)(3 * toStride));
    }

    // a0 b0 a1 b1 and a2 b2 a3 b3
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<float> Low, Vector128<float> High) Zip(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? (Sse.UnpackLow(a, b), Sse.UnpackHigh(a, b))
        : AdvSimd.Arm64.IsSupported ? (AdvSimd.Arm64.ZipLow(a, b), AdvSimd.Arm64.ZipHigh(a, b))
        : (Vector128.Create(a[0], b[0], a[1], b[1]), Vector128.Create(a[2], b[2], a[3], b[3]));
}
