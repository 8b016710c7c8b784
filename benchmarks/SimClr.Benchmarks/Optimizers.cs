using BenchmarkDotNet.Attributes;
using SimClr.Models;
using SimClr.Optimization;
using static TorchSharp.torch;

namespace SimClr.Benchmarks;

/// <summary>One step over the parameters of a ResNet-18.</summary>
public class Optimizers
{
    private ResNet encoder = null!;
    private IOptimizer optimizer = null!;

    [Params(OptimizerKind.Sgd, OptimizerKind.Lars, OptimizerKind.Adamw)]
    public OptimizerKind Kind { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        encoder = new ResNet(new ResNetOptions(), 32, new Generator(0, CPU));
        foreach (var parameter in encoder.parameters()) parameter.grad = randn_like(parameter);
        optimizer = new OptimizerOptions { Kind = Kind }.Create(encoder.named_parameters());
    }

    [GlobalCleanup]
    public void Free()
    {
        optimizer.Dispose();
        encoder.Dispose();
    }

    [Benchmark]
    public void Step() => optimizer.Step(1e-3);
}
