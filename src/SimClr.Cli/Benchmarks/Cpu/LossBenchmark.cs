using SimClr.Losses;
using static TorchSharp.torch;

namespace SimClr.Cli.Benchmarks;

/// <summary><c>loss-4096</c>, <c>loss-32768</c>: NT-Xent and its gradient, as in a step of pretraining.</summary>
/// <param name="rows">2N.</param>
internal sealed class LossBenchmark(int rows) : IBenchmark
{
    public const double Temperature = 0.5;

    private const int Dimensions = 128;
    private const double ExpFlops = 20; // a range reduction and a polynomial

    private readonly NtXentLoss loss = new(Temperature);
    private readonly Tensor z = Projections(rows);

    public double Units => 1;

    public double Floor(MachinePeaks peaks) => peaks.Product.Seconds(Work(rows));

    public void Run() => loss.Compute(z).Dispose();

    /// <summary>z (2N, d), drawn from a seed; owned by the caller.</summary>
    public static Tensor Projections(int rows)
    {
        using var generator = new Generator(0, CPU);
        return randn(rows, Dimensions, generator: generator);
    }

    /// <summary>
    /// The similarities are symmetric. They take half a product of (2N, d) with (d, 2N), and an exponential for each pair. The gradient
    /// takes one product. z is read and its gradient is written.
    /// </summary>
    public static Work Work(int rows)
    {
        double pairs = (double)rows * rows;
        return new Work(1.5 * 2 * pairs * Dimensions + 0.5 * ExpFlops * pairs, 2.0 * rows * Dimensions * sizeof(float));
    }

    public void Dispose() => z.Dispose();
}
