using SimClr.Images;
using SimClr.Models;
using SimClr.Tests.Weights;
using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Tests.Encoders;

public sealed class OnnxViewTests
{
    // The padding beyond the image's border changes h by 10⁻⁵ here, float32 rounding by 5 · 10⁻⁷.
    private const double Rounding = 2e-6;

    [Theory]
    [InlineData(32, Interpolation.Bilinear)]
    [InlineData(32, Interpolation.Bicubic)]
    [InlineData(48, Interpolation.Bilinear)]
    [InlineData(48, Interpolation.Bicubic)]
    public void An_ONNX_graph_with_preprocessing_makes_the_view_of_evaluation(int imageSize, Interpolation filter)
    {
        using var scope = NewDisposeScope();
        var preprocessing = new Preprocessing { ImageSize = imageSize, Interpolation = filter, Mean = [0.49, 0.48, 0.45], StandardDeviation = [0.25, 0.24, 0.26] };
        using var trial = new OnnxTrial(OnnxTrial.Build(new ResNetOptions { Width = 0.125, Stem = Stem.SmallStride2 }, imageSize), preprocessing);
        (int, int)[] sizes = [(imageSize, imageSize), (imageSize, imageSize + 9), (33, 47), (60, 41), (7, 5), (1, 1), (1, 30), (64, 64), (100, 75), (156, 156), (375, 500), (999, 301), (1203, 1601)];
        foreach (var (height, width) in sizes)
        {
            int batch = height < 100 ? 3 : 1;
            var images = Images(batch, height, width);
            var expected = trial.Expected(Rendered(images, preprocessing));
            OnnxTrial.Difference(trial.Run("h", images), expected).ShouldBeLessThan(Rounding, $"{height} × {width}");
        }
    }

    [Theory] // halves round to even: 0.875 · 4 = 3.5, 0.875 · 12 = 10.5
    [InlineData(4)]
    [InlineData(12)]
    [InlineData(20)]
    [InlineData(508)]
    public void The_crop_rounds_as_evaluation_does(int shorter)
    {
        using var scope = NewDisposeScope();
        using var trial = new OnnxTrial(OnnxTrial.Build(new ResNetOptions { Width = 0.0625, Stem = Stem.SmallStride2 }, 40), new() { ImageSize = 40 });
        var images = Images(1, shorter, shorter + 5);
        OnnxTrial.Difference(trial.Run("h", images), trial.Expected(Rendered(images, new() { ImageSize = 40 }))).ShouldBeLessThan(Rounding);
    }

    [Fact]
    public void Without_normalisation_black_and_white_are_0_and_1_despite_filter_overshoot()
    {
        using var scope = NewDisposeScope();
        var preprocessing = new Preprocessing { ImageSize = 32, Interpolation = Interpolation.Bicubic };
        using var trial = new OnnxTrial(OnnxTrial.Build(new ResNetOptions { Width = 0.0625 }, 32), preprocessing);
        var images = (Images(2, 20, 20) >= 128).to(uint8) * 255; // hard edges
        OnnxTrial.Difference(trial.Run("h", images), trial.Expected(Rendered(images, preprocessing))).ShouldBeLessThan(Rounding);
    }

    // Noise over a gradient: (N, H, W, 3) uint8.
    private static Tensor Images(int batch, int height, int width)
    {
        var random = new Random(height * 1000 + width);
        byte[] pixels = new byte[batch * height * width * 3];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)(random.Next(128) + i % (width * 3) * 127 / (width * 3));
        return tensor(pixels, [batch, height, width, 3]);
    }

    private static Tensor Rendered(Tensor images, Preprocessing preprocessing)
    {
        int imageSize = preprocessing.ImageSize;
        var (height, width) = ((int)images.shape[1], (int)images.shape[2]);
        var renderer = new CpuViewRenderer(preprocessing);
        float[] planes = new float[images.shape[0] * 3 * imageSize * imageSize];
        for (int i = 0; i < images.shape[0]; i++)
        {
            var image = new DecodedImage(images[i].data<byte>().ToArray(), width, height);
            renderer.Render(image, planes.AsSpan(i * 3 * imageSize * imageSize, 3 * imageSize * imageSize));
        }
        return tensor(planes, [images.shape[0], 3, imageSize, imageSize]);
    }
}
