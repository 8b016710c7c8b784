using BenchmarkDotNet.Attributes;
using SimClr.Losses;
using static TorchSharp.torch;

namespace SimClr.Benchmarks;

/// <summary>NT-Xent with its gradient, and without.</summary>
public class Losses
{
    private readonly NtXentLoss loss = new(0.5);
    private Tensor z = null!;

    /// <summary>2N.</summary>
    [Params(512, 2048)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Prepare() => z = randn(Rows, 128);

    [GlobalCleanup]
    public void Free() => z.Dispose();

    [Benchmark]
    public void Compute() => loss.Compute(z).Dispose();

    [Benchmark]
    public void PerAnchor() => loss.PerAnchor(z).Dispose();
}
