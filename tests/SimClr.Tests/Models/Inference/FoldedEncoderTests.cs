using SimClr.Models;
using SimClr.Tests.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

public sealed class FoldedEncoderTests
{
    public static TheoryData<ResNetDepth, double, Stem, ResNetLayout, int, bool> Networks => new()
    {
        { ResNetDepth.Resnet18, 0.0625, Stem.Small, ResNetLayout.Torchvision, 32, false },
        { ResNetDepth.Resnet18, 0.5, Stem.Small, ResNetLayout.Torchvision, 32, false },
        { ResNetDepth.Resnet18, 0.5, Stem.SmallStride2, ResNetLayout.Torchvision, 32, false },
        { ResNetDepth.Resnet18, 0.5, Stem.SmallStride2, ResNetLayout.Google, 31, false },
        { ResNetDepth.Resnet18, 1, Stem.Imagenet, ResNetLayout.Torchvision, 96, false },
        { ResNetDepth.Resnet18, 0.75, Stem.Imagenet, ResNetLayout.Google, 65, false }, // 48 channels: at first no full panels
        { ResNetDepth.Resnet34, 0.125, Stem.Small, ResNetLayout.Google, 16, false },
        { ResNetDepth.Resnet50, 0.5, Stem.Imagenet, ResNetLayout.Torchvision, 65, false },
        { ResNetDepth.Resnet50, 0.25, Stem.Imagenet, ResNetLayout.Google, 48, false },
        { ResNetDepth.Resnet50, 0.0625, Stem.Imagenet, ResNetLayout.Google, 65, true }, // sides of 33, 17, 9, 5, 3
        { ResNetDepth.Resnet50, 0.25, Stem.Small, ResNetLayout.Torchvision, 20, true },
        { ResNetDepth.Resnet50, 0.5, Stem.SmallStride2, ResNetLayout.Google, 24, true },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void The_representation_comes_from_the_encoder(ResNetDepth depth, double width, Stem stem, ResNetLayout layout, int imageSize, bool selective)
    {
        using var scope = NewDisposeScope();
        using var encoder = OnnxTrial.Build(new ResNetOptions { Arch = depth, Width = width, Stem = stem, Layout = layout, SelectiveKernels = selective }, imageSize);
        using var folded = encoder.Fold();
        var x = rand(3, 3, imageSize, imageSize);
        var copy = x.clone();
        var h = folded.Forward(x);
        Golden.MaxDifference(x, copy).ShouldBe(0);
        encoder.to(float64);
        using var _ = no_grad();
        OnnxTrial.Difference(h.to(float64), encoder.call(x.to(float64)).to(float32)).ShouldBeLessThan(5e-6);
    }

    [Fact]
    public void A_folded_encoder_keeps_its_weights_and_takes_images_of_several_sizes()
    {
        using var scope = NewDisposeScope();
        using var encoder = OnnxTrial.Build(new ResNetOptions { Width = 0.5, Stem = Stem.SmallStride2 }, 32);
        using var folded = encoder.Fold();
        foreach (int side in (int[])[32, 16, 32, 48])
        {
            var x = rand(2, 3, side, side);
            using var _ = no_grad();
            OnnxTrial.Difference(folded.Forward(x), encoder.call(x)).ShouldBeLessThan(1e-5);
        }
        var (image, state) = (rand(1, 3, 32, 32), encoder.state_dict());
        var before = folded.Forward(image);
        using (no_grad()) state["layer4.1.bn2.bias"].add_(1);
        Golden.MaxDifference(folded.Forward(image), before).ShouldBe(0);
    }

    // A ReLU hides a NaN: PyTorch's features are NaN, and these would be plausible.
    [Theory]
    [InlineData("layer2.0.conv1.weight", float.NaN)]
    [InlineData("layer1.0.bn1.running_var", float.NaN)]
    [InlineData("layer1.0.bn2.running_var", -1f)]
    [InlineData("layer4.1.bn2.bias", float.PositiveInfinity)]
    public void Weights_that_are_not_finite_are_refused_by_name(string name, float value)
    {
        using var encoder = OnnxTrial.Build(new ResNetOptions { Width = 0.0625 }, 32);
        using var _ = no_grad();
        var row = encoder.state_dict()[name];
        while (row.dim() > 1) row = row[0];
        row[2] = value;
        string convolution = name.Replace("bn1", "conv1", StringComparison.Ordinal).Replace("bn2.running_var", "conv2", StringComparison.Ordinal);
        Should.Throw<InvalidDataException>(() => encoder.Fold()).Message.ShouldContain(convolution.Replace(".running_var", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Only_the_output_stays_alive()
    {
        using var encoder = OnnxTrial.Build(new ResNetOptions { Width = 0.5, Stem = Stem.SmallStride2 }, 32);
        using var x = rand(2, 3, 32, 32);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 3; i++)
        {
            using var folded = encoder.Fold();
            folded.Forward(x).Dispose();
            long alive = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            using var h = folded.Forward(x);
            DisposeScopeManager.Statistics.ThreadTotalLiveCount.ShouldBe(alive + 1);
        }
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.ShouldBe(before);
    }

    [Fact]
    public void A_tensor_that_is_not_a_batch_of_images_is_refused()
    {
        using var scope = NewDisposeScope();
        using var encoder = OnnxTrial.Build(new ResNetOptions { Width = 0.0625 }, 32);
        using var folded = encoder.Fold();
        foreach (var bad in (Tensor[])[rand(3, 32, 32), rand(1, 4, 32, 32), rand(1, 3, 32, 32, dtype: float64)])
            Should.Throw<ArgumentException>(() => folded.Forward(bad)).Message.ShouldContain($"not ({string.Join(", ", bad.shape)})");
    }
}
