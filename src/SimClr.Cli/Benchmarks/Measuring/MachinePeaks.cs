using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace SimClr.Cli.Benchmarks;

/// <summary>The peak arithmetic and bandwidth of this machine, measured before anything else. All floors are computed from them.</summary>
/// <param name="Threads">The number of threads.</param>
/// <param name="Vector">One thread: fused multiply-adds in registers, and a copy.</param>
/// <param name="Product">All threads: float32 matrix products, and a copy.</param>
/// <param name="ProductOne">Flops per second of a matrix product on one thread.</param>
internal sealed record MachinePeaks(int Threads, Peak Vector, Peak Product, double ProductOne)
{
    private const int CopyElements = 1 << 26; // 256 MB of float32: larger than most caches

    /// <summary>Measures the peaks. Afterwards libtorch uses <paramref name="threads"/> threads.</summary>
    public static MachinePeaks Measure(int threads, bool quick)
    {
        int side = quick ? 512 : 2048, copied = quick ? CopyElements >> 4 : CopyElements, tries = quick ? 3 : 5;
        set_num_threads(1);
        var (productOne, copyOne) = (MatrixProduct(side, tries), Copy(copied, tries));
        set_num_threads(threads);
        var (product, copy) = threads == 1 ? (productOne, copyOne) : (MatrixProduct(side, tries), Copy(copied, tries));
        return new MachinePeaks(threads, new Peak(MultiplyAdds(quick ? 100_000 : 2_000_000, tries), copyOne),
            new Peak(product, copy), productOne);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"matrix products {ProductOne / 1e9:f0} GFLOP/s on one thread, {Product.Flops / 1e9:f0} on {Threads}; multiply-adds " +
            $"{Vector.Flops / 1e9:f0} on one; copies {Vector.Bytes / 1e9:f1} GB/s on one, {Product.Bytes / 1e9:f1} on {Threads}");

    private static double MatrixProduct(int side, int tries)
    {
        using var a = rand(side, side);
        using var b = rand(side, side);
        return 2.0 * side * side * side / Least(tries, () => a.mm(b).Dispose());
    }

    private static double Copy(int elements, int tries)
    {
        using var from = ones(elements);
        using var to = zeros(elements);
        return 2.0 * sizeof(float) * elements / Least(tries, () => to.copy_(from));
    }

    // Twelve independent sums: more than a multiply-add's latency times its throughput.
    private static double MultiplyAdds(int rounds, int tries) => Vector512.IsHardwareAccelerated
        ? 2.0 * 12 * 16 * rounds / Least(tries, () => Twelve512(rounds))
        : 2.0 * 12 * 8 * rounds / Least(tries, () => Twelve256(rounds));

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static Vector512<float> Twelve512(int rounds)
    {
        Vector512<float> x = Vector512.Create(0.999f), y = Vector512.Create(0.001f);
        Vector512<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (int n = 0; n < rounds; n++)
        {
            (a, b, c, d) = (Vector512.FusedMultiplyAdd(a, x, y), Vector512.FusedMultiplyAdd(b, x, y),
                Vector512.FusedMultiplyAdd(c, x, y), Vector512.FusedMultiplyAdd(d, x, y));
            (e, f, g, h) = (Vector512.FusedMultiplyAdd(e, x, y), Vector512.FusedMultiplyAdd(f, x, y),
                Vector512.FusedMultiplyAdd(g, x, y), Vector512.FusedMultiplyAdd(h, x, y));
            (i, j, k, l) = (Vector512.FusedMultiplyAdd(i, x, y), Vector512.FusedMultiplyAdd(j, x, y),
                Vector512.FusedMultiplyAdd(k, x, y), Vector512.FusedMultiplyAdd(l, x, y));
        }
        return a + b + c + d + e + f + g + h + i + j + k + l;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static Vector256<float> Twelve256(int rounds)
    {
        Vector256<float> x = Vector256.Create(0.999f), y = Vector256.Create(0.001f);
        Vector256<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (int n = 0; n < rounds; n++)
        {
            (a, b, c, d) = (Vector256.FusedMultiplyAdd(a, x, y), Vector256.FusedMultiplyAdd(b, x, y),
                Vector256.FusedMultiplyAdd(c, x, y), Vector256.FusedMultiplyAdd(d, x, y));
            (e, f, g, h) = (Vector256.FusedMultiplyAdd(e, x, y), Vector256.FusedMultiplyAdd(f, x, y),
                Vector256.FusedMultiplyAdd(g, x, y), Vector256.FusedMultiplyAdd(h, x, y));
            (i, j, k, l) = (Vector256.FusedMultiplyAdd(i, x, y), Vector256.FusedMultiplyAdd(j, x, y),
                Vector256.FusedMultiplyAdd(k, x, y), Vector256.FusedMultiplyAdd(l, x, y));
        }
        return a + b + c + d + e + f + g + h + i + j + k + l;
    }

    // The shortest of several times after one to warm up: a peak is the best that is possible.
    private static double Least(int tries, Action work)
    {
        double least = double.PositiveInfinity;
        for (int i = 0; i <= tries; i++)
        {
            long began = Stopwatch.GetTimestamp();
            work();
            if (i > 0) least = Math.Min(least, Stopwatch.GetElapsedTime(began).TotalSeconds);
        }
        return least;
    }
}
