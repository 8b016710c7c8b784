using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Cli.Benchmarks;

/// <summary>
/// <c>loss-4096-dense</c>: NT-Xent as it is usually written, with the whole matrix of similarities and autograd, on the same libtorch.
/// </summary>
/// <param name="rows">2N.</param>
internal sealed class DenseLossBenchmark(int rows) : IBenchmark
{
    private readonly Tensor z = LossBenchmark.Projections(rows).requires_grad_();

    public double Units => 1;

    public double Floor(MachinePeaks peaks) => peaks.Product.Seconds(LossBenchmark.Work(rows));

    public void Run()
    {
        using var scope = NewDisposeScope();
        z.grad = null;
        Loss(z).backward();
    }

    /// <summary>
    /// The mean over the 2N anchors; rows i and i + N are a pair. z (2N, d) is borrowed, and the loss () is owned by the caller.
    /// </summary>
    public static Tensor Loss(Tensor z)
    {
        using var scope = NewDisposeScope();
        long rows = z.shape[0];
        var u = functional.normalize(z);
        var s = u.mm(u.t()).div(LossBenchmark.Temperature); // (2N, 2N)
        s = s.masked_fill(eye(rows, dtype: ScalarType.Bool), double.NegativeInfinity);
        var positives = arange(rows, ScalarType.Int64).add(rows / 2).remainder(rows);
        return functional.cross_entropy(s, positives).MoveToOuterDisposeScope();
    }

    public void Dispose() => z.Dispose();
}
