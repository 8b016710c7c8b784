using SimClr.Cli.Benchmarks;
using SimClr.Images;
using SimClr.Models;
using SimClr.Runtime;
using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Cli.Tests.Benchmarks;

/// <summary>The operation counts behind the floors, against published counts and slow ones.</summary>
public sealed class WorkTests
{
    public WorkTests() => LibTorch.Load();

    // torchvision's documentation of its weights: 1.81, 3.66, 4.09 and 7.80 billion multiply-adds at 224 pixels, including the last layer
    // (1 to 2 million).
    [Theory]
    [InlineData(ResNetDepth.Resnet18, 1.81)]
    [InlineData(ResNetDepth.Resnet34, 3.66)]
    [InlineData(ResNetDepth.Resnet50, 4.09)]
    [InlineData(ResNetDepth.Resnet101, 7.80)]
    public void A_ResNet_has_the_FLOPs_that_torchvision_publishes(ResNetDepth depth, double published)
    {
        using var generator = new Generator(0, CPU);
        using var encoder = new ResNet(new ResNetOptions { Arch = depth }, 224, generator);
        (ModelWork.Forward(encoder.Options, 224).Flops / 2e9).ShouldBe(published, 0.0075);
    }

    [Theory]
    [InlineData(ResNetDepth.Resnet18, Stem.Small, false)]
    [InlineData(ResNetDepth.Resnet50, Stem.Small, false)]
    [InlineData(ResNetDepth.Resnet50, Stem.Imagenet, true)]
    public void Winograd_needs_a_quarter_of_the_multiplications_of_a_3x3_convolution_of_stride_1(ResNetDepth depth, Stem stem, bool selective)
    {
        using var scope = NewDisposeScope();
        using var encoder = new ResNet(new ResNetOptions { Arch = depth, Width = 0.0625, Stem = stem, SelectiveKernels = selective }, 32, new Generator(0, CPU));
        double saved = 0;
        foreach (var convolution in encoder.modules().OfType<nn.Module<Tensor, Tensor>>().Distinct())
        {
            if (convolution.named_parameters(recurse: false).Select(p => p.parameter).SingleOrDefault(p => p.dim() == 4) is not { } weight || weight.shape[2] != 3) continue;
            convolution.register_forward_hook((_, input, output) =>
            {
                if (input.shape[2] == output.shape[2]) saved += 2 * 0.75 * weight.numel() * output.shape[2] * output.shape[3];
                return output;
            });
        }
        encoder.eval();
        encoder.call(zeros(1, 3, 32, 32));
        (ModelWork.Forward(encoder.Options, 32).Flops - ModelWork.Forward(encoder.Options, 32, fast: true).Flops).ShouldBe(saved);
    }

    [Fact]
    public void The_computed_side_of_every_convolution_is_the_real_one()
    {
        ResNetOptions selective = new() { Arch = ResNetDepth.Resnet50, Width = 0.0625, SelectiveKernels = true }, plain = new() { Width = 0.0625 };
        foreach (var (options, stem, size) in ((ResNetOptions, Stem, int)[])
                 [(plain, Stem.Small, 32), (plain, Stem.SmallStride2, 32), (plain, Stem.Imagenet, 96), (plain, Stem.Small, 20), (selective, Stem.Imagenet, 72), (selective, Stem.Small, 20)])
        {
            using var scope = NewDisposeScope();
            using var encoder = new ResNet(options with { Stem = stem }, size, new Generator(0, CPU));
            double outputs = 0;
            foreach (var convolution in encoder.modules().OfType<nn.Module<Tensor, Tensor>>().Where(m => m.named_parameters(recurse: false).Any(p => p.parameter.dim() == 4)).Distinct())
                convolution.register_forward_hook((_, _, output) => { outputs += output.numel(); return output; });
            encoder.eval();
            encoder.call(zeros(1, 3, size, size));
            ModelWork.Forward(encoder.Options, size).Bytes.ShouldBe(4 * sizeof(float) * outputs, $"{stem}, {size}");
        }
    }

    [Fact]
    public void The_cost_of_a_plain_crop_is_that_of_its_taps()
    {
        // 100 × 60 → 20 × 20: each output covers 2 · 5 inputs horizontally and 2 · 3 vertically. Either the rows or the columns are reduced
        // first.
        double columnsFirst = 20 * 100 * 6 + 20 * 20 * 10, rowsFirst = 60 * 20 * 10 + 20 * 20 * 6;
        var view = new ViewParameters { Crop = new CropBox(0, 0, 100, 60) };
        ViewWork.Of(view, 20).ShouldBe(new Work(6 * Math.Min(columnsFirst, rowsFirst), 3 * 100 * 60 + 12 * 20 * 20));
    }

    [Fact]
    public void Every_operation_adds_work_and_a_wider_blur_more()
    {
        var crop = new ViewParameters { Crop = new CropBox(0, 0, 50, 40) };
        static double Flops(ViewParameters view) => ViewWork.Of(view, 64).Flops;
        Flops(crop with { Jitter = new ColorJitter() }).ShouldBeGreaterThan(Flops(crop));
        Flops(crop with { Grayscale = true }).ShouldBeGreaterThan(Flops(crop));
        // At most seven taps at 64 pixels (a tenth, made odd). σ = 0.3 needs three of them, σ = 2 all.
        (Flops(crop with { BlurSigma = 0.3f }) - Flops(crop)).ShouldBe(64 * 64 * 3 * 2 * 2 * 3);
        (Flops(crop with { BlurSigma = 2 }) - Flops(crop)).ShouldBe(64 * 64 * 3 * 2 * 2 * 7);
    }

    [Fact]
    public void A_lower_bound_is_the_larger_of_arithmetic_and_memory_time()
    {
        var peak = new Peak(Flops: 100, Bytes: 10);
        peak.Seconds(new Work(200, 10)).ShouldBe(2);
        peak.Seconds(new Work(200, 50)).ShouldBe(5);
        peak.Seconds(3 * new Work(50, 1) + new Work(50, 47)).ShouldBe(5);
    }
}
