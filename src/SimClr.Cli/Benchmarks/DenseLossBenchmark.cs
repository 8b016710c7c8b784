using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Cli.Benchmarks;

/// <summary><c>loss-4096-dense</c>: NT-Xent as it is usually written, with the whole matrix of similarities and autograd, on the same libtorch.</summary>
/// <param name="rows">2N.</param>
internal sealed class DenseLossBenchmark(int rows) : IBenchmark
{
    public const double Temperature = 0.5;

    private const int Dimensions = 128;
    private const double ExpFlops = 20; // a range reduction and a polynomial

    private readonly Tensor z = Projections(rows).requires_grad_();

    public double Units => 1;

    public double Floor(MachinePeaks peaks) => peaks.Product.Seconds(Work(rows));

    public void Run()
    {
        using var scope = NewDisposeScope();
        z.grad = null;
        Loss(z).backward();
    }

    /// <summary>The mean over the 2N anchors; rows i and i + N are a pair. z (2N, d) is borrowed, the loss () the caller's.</summary>
    public static Tensor Loss(Tensor z)
    {
        using var scope = NewDisposeScope();
        long rows = z.shape[0];
        var u = functional.normalize(z);
        var s = u.mm(u.t()).div(Temperature);                                                            // (2N, 2N)
        s = s.masked_fill(eye(rows, dtype: ScalarType.Bool), double.NegativeInfinity);
        var positives = arange(rows, ScalarType.Int64).add(rows / 2).remainder(rows);
        return functional.cross_entropy(s, positives).MoveToOuterDisposeScope();
    }

    /// <summary>z (2N, d), drawn from a seed; the caller's.</summary>
    public static Tensor Projections(int rows)
    {
        using var generator = new Generator(0, CPU);
        return randn(rows, Dimensions, generator: generator);
    }

    /// <summary>
    /// The similarities are symmetric: half a product of (2N, d) with (d, 2N) for them, an exponential for each pair, and one product for
    /// the gradient; z read, its gradient written.
    /// </summary>
    public static Work Work(int rows)
    {
        double pairs = (double)rows * rows;
        return new Work(1.5 * 2 * pairs * Dimensions + 0.5 * ExpFlops * pairs, 2.0 * rows * Dimensions * sizeof(float));
    }

    public void Dispose() => z.Dispose();
}
