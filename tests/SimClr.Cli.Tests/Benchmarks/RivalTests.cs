using System.Globalization;
using SimClr.Cli.Benchmarks;
using SimClr.Cli.Tests.Commands;
using SimClr.Losses;
using SimClr.Models;
using SimClr.Tests;
using static TorchSharp.torch;

namespace SimClr.Cli.Tests.Benchmarks;

/// <summary>Both sides of a comparison do the same work.</summary>
[Trait("Duration", "Long")]
public sealed class RivalTests
{
    [Fact]
    public void The_dense_loss_and_gradient_equal_the_tiled_ones()
    {
        using var scope = NewDisposeScope();
        var z = LossBenchmark.Projections(96);
        using var tiled = new NtXentLoss(LossBenchmark.Temperature).Compute(z);
        z.requires_grad_();
        var dense = DenseLossBenchmark.Loss(z);
        dense.backward();
        dense.item<float>().ShouldBe((float)tiled.Loss, 1e-5f);
        (z.grad! - tiled.Gradient).abs().max().item<float>().ShouldBeLessThan(1e-6f);
    }

    [Fact]
    public void The_rival_computes_the_same_loss()
    {
        string printed = Ask("rivals.nt_xent(torch.arange(48 * 16).reshape(48, 16).float().sin()).item()");
        using var scope = NewDisposeScope();
        using var ours = new NtXentLoss(LossBenchmark.Temperature).Compute(arange(48 * 16).reshape(48, 16).to(ScalarType.Float32).sin());
        float.Parse(printed, CultureInfo.InvariantCulture).ShouldBe((float)ours.Loss, 1e-5f);
    }

    [Fact]
    public void Every_benchmark_of_the_rival_is_in_the_catalogue() =>
        Ask("*[name for beside, *_ in rivals.RIVALS for name in beside]").Split(' ').Except(BenchmarkCatalog.All.Select(b => b.Name)).ShouldBeEmpty();

    public static TheoryData<string, EncoderOptions, int> Encoders => new()
    {
        { "resnet()", new ResNetOptions(), 32 },
        { "vit(32, 4, 192)()", new VisionTransformerOptions { Arch = VisionTransformerSize.VitTiny, Patch = 4 }, 32 },
        { "vit(224, 16, 384)()", new VisionTransformerOptions { Arch = VisionTransformerSize.VitSmall, Patch = 16 }, 224 },
        { "convnext()", new ConvNeXtOptions(), 64 },
    };

    [Theory]
    [MemberData(nameof(Encoders), DisableDiscoveryEnumeration = true)]
    public void The_rival_has_the_same_encoder(string theirs, EncoderOptions options, int imageSize)
    {
        using var generator = new Generator(0, CPU);
        using var encoder = options.Create(imageSize, generator);
        Ask($"sum(p.numel() for p in rivals.{theirs}.parameters())").ShouldBe($"{encoder.parameters().Sum(p => p.numel())}");
    }

    private static string Ask(string expression) => Python.Run($"""
        import importlib.util, torch
        spec = importlib.util.spec_from_file_location("rivals", "{Path.Combine(ReadmeTests.Root, "benchmarks", "rivals", "rivals.py")}")
        rivals = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(rivals)
        print({expression})
        """);
}
