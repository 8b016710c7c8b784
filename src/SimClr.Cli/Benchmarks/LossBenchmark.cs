using SimClr.Losses;
using static TorchSharp.torch;

namespace SimClr.Cli.Benchmarks;

/// <summary><c>loss-4096</c>, <c>loss-32768</c>: NT-Xent and its gradient, as a step of pretraining has them.</summary>
/// <param name="rows">2N.</param>
internal sealed class LossBenchmark(int rows) : IBenchmark
{
    private readonly NtXentLoss loss = new(DenseLossBenchmark.Temperature);
    private readonly Tensor z = DenseLossBenchmark.Projections(rows);

    public double Units => 1;

    public double Floor(MachinePeaks peaks) => peaks.Product.Seconds(DenseLossBenchmark.Work(rows));

    public void Run() => loss.Compute(z).Dispose();

    public void Dispose() => z.Dispose();
}
