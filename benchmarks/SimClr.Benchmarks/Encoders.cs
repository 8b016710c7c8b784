using BenchmarkDotNet.Attributes;
using SimClr.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Benchmarks;

/// <summary>Batch norm with its ReLU, as libtorch has them, in either order of memory; and a small encoder, 64 views of 32 pixels.</summary>
public class Encoders
{
    private readonly BatchNorm2d norm = BatchNorm2d(64);
    private Tensor planes = null!, channelsLast = null!, views = null!;
    private ResNet encoder = null!;

    [GlobalSetup]
    public void Prepare()
    {
        planes = randn(64, 64, 32, 32);
        channelsLast = planes.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        views = rand(64, 3, 32, 32);
        encoder = new ResNet(new ResNetOptions { Width = 0.25 }, 32, new Generator(0, CPU));
    }

    [GlobalCleanup]
    public void Free()
    {
        foreach (var tensor in (Tensor[])[planes, channelsLast, views]) tensor.Dispose();
        encoder.Dispose();
        norm.Dispose();
    }

    [Benchmark]
    public void NormReluPlanes() => NormRelu(planes);

    [Benchmark]
    public void NormReluChannelsLast() => NormRelu(channelsLast);

    [Benchmark]
    public void Forward()
    {
        using var _ = no_grad();
        encoder.call(views).Dispose();
    }

    [Benchmark]
    public void ForwardBackward()
    {
        using var scope = NewDisposeScope();
        encoder.zero_grad(set_to_none: true);
        encoder.call(views).sum().backward();
    }

    private void NormRelu(Tensor x)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        functional.relu(norm.call(x), inplace: true);
    }
}
