using SimClr.Losses;
using SimClr.Models;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Tests.Runtime;

public sealed class AutocastTests
{
    [Fact]
    public void Products_are_bfloat16_within_the_scope_and_gradients_are_float32()
    {
        using var scope = NewDisposeScope();
        Tensor a = rand(4, 8), b = rand(8, 4).requires_grad_();
        using (Autocast.ToBFloat16(CPU))
        {
            using (Autocast.ToBFloat16(CPU)) a.mm(b).dtype.ShouldBe(ScalarType.BFloat16);
            var y = a.mm(b);
            y.dtype.ShouldBe(ScalarType.BFloat16);
            y.to(float32).sum().backward();
        }
        b.grad!.dtype.ShouldBe(ScalarType.Float32);
        a.mm(b).dtype.ShouldBe(ScalarType.Float32);
    }

    [Theory]
    [InlineData(32, Stem.Small, ResNetDepth.Resnet18, 18)]
    [InlineData(64, Stem.Imagenet, ResNetDepth.Resnet50, 50)]
    public void Loss_and_gradient_stay_within_the_error_of_bfloat16(int size, Stem stem, ResNetDepth depth, int layers)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1, CPU);
        using var model = new SimClrModel(new ResNetOptions { Width = 0.25, Stem = stem, Arch = depth }, new ProjectionHeadOptions(), size, seed: 1);
        // Patches of colour: images of noise are so similar that rounding hides their differences.
        var x = rand(64, 3, 4, 4, generator: generator).repeat_interleave(size / 4, 2).repeat_interleave(size / 4, 3);
        var (loss, gradient) = Step(bf16: false);
        var (loss16, gradient16) = Step(bf16: true);

        loss16.ShouldBe(loss, 0.01 * loss);
        double cosine = (gradient * gradient16).sum().item<float>() / (gradient.norm().item<float>() * gradient16.norm().item<float>());
        cosine.ShouldBeGreaterThan(1 - layers * 0.001); // every layer rounds by up to 2⁻⁹, in both directions
        model.state_dict().Values.ShouldAllBe(t => t.dtype == ScalarType.Float32 || t.dtype == ScalarType.Int64);

        (double, Tensor) Step(bool bf16)
        {
            model.zero_grad(set_to_none: true);
            Tensor z;
            using (bf16 ? Autocast.ToBFloat16(CPU) : null) z = model.call(x).to(float32);
            using var result = new NtXentLoss(0.5).Compute(z);
            z.backward([result.Gradient]);
            var gradients = model.parameters().Where(p => p.requires_grad).Select(p => p.grad!).ToList();
            gradients.ShouldAllBe(g => g.dtype == ScalarType.Float32);
            return (result.Loss, cat(gradients.Select(g => g.reshape(-1)).ToList()).clone());
        }
    }
}
