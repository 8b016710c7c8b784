using SimClr.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

public sealed class Convolution3x3Tests : IDisposable
{
    private readonly Threads threads = new(2);

    public void Dispose() => threads.Dispose();

    [Theory]
    [InlineData(300, 32, 64, 1, 1, 1)] // one pixel
    [InlineData(70, 6, 4, 2, 2, 1)]
    [InlineData(70, 32, 32, 2, 2, 1)]
    [InlineData(130, 32, 32, 1, 2, 1)]
    [InlineData(130, 32, 32, 2, 1, 1)]
    [InlineData(5, 32, 32, 2, 2, 1)] // few pixels: libtorch's
    [InlineData(5, 32, 32, 6, 6, 1)]
    [InlineData(70, 32, 32, 2, 2, 2)] // stride 2: libtorch's
    [InlineData(70, 32, 64, 7, 8, 2)]
    [InlineData(110, 32, 32, 2, 5, 1)] // neither tiny nor wide enough for Winograd
    [InlineData(30, 20, 32, 6, 6, 1)] // channels that fill no whole panel
    [InlineData(30, 32, 48, 6, 6, 1)]
    [InlineData(30, 64, 32, 6, 7, 1)] // Winograd's
    public void However_it_is_computed_it_is_the_convolution(int images, int inputs, int outputs, int height, int width, int stride)
    {
        using var scope = NewDisposeScope();
        using var convolution = new Convolution3x3(inputs, outputs, stride);
        convolution.state_dict().Keys.ShouldBe(["weight"]);
        using (no_grad()) convolution.Weight.normal_();
        var x = randn(images, inputs, height, width);
        var upstream = randn(images, outputs, (height + stride - 1) / stride, (width + stride - 1) / stride);
        var expected = ConvolutionTrial.Differentiate(x.to(float64), convolution.Weight.to(float64), upstream.to(float64),
            (a, b) => nn.functional.conv2d(a, b, strides: [stride, stride], padding: [1, 1]));

        foreach (var ordered in (Tensor[])[ChannelsLast.Of(x), x])
        {
            var input = ordered.detach().requires_grad_(true);
            convolution.zero_grad();
            var y = convolution.call(input);
            y.backward([upstream]);
            ConvolutionTrial.Error(y, expected[0]).ShouldBeLessThan(2e-6);
            ConvolutionTrial.Error(input.grad!, expected[1]).ShouldBeLessThan(2e-6);
            ConvolutionTrial.Error(convolution.Weight.grad!, expected[2]).ShouldBeLessThan(2e-6);
            using var _ = no_grad();
            ConvolutionTrial.Error(convolution.call(input), expected[0]).ShouldBeLessThan(2e-6);
        }
    }

    [Fact]
    public void In_float64_batch_norm_equals_libtorchs()
    {
        using var scope = NewDisposeScope();
        using var convolution = new Convolution3x3(32, 32);
        using (no_grad()) convolution.Weight.normal_();
        convolution.to(float64);
        foreach (int side in (int[])[2, 6])
        {
            var x = randn(70, 32, side, side, dtype: float64);
            ConvolutionTrial.Error(convolution.call(x), nn.functional.conv2d(x, convolution.Weight, padding: [1, 1])).ShouldBeLessThan(1e-14);
        }
    }
}
