using SimClr.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

public sealed class WinogradConvolutionTests : IDisposable
{
    private readonly Threads threads = new(2);

    public void Dispose() => threads.Dispose();

    // N, C, K, H, W
    public static TheoryData<int, int, int, int, int> Shapes => new()
    {
        { 1, 32, 32, 4, 4 }, // a single tile
        { 3, 32, 64, 3, 3 },
        { 2, 64, 32, 5, 7 },
        { 1, 32, 32, 6, 3 },
        { 40, 32, 32, 8, 8 }, // several blocks, the last one incomplete
        { 5, 96, 32, 9, 13 },
        { 33, 64, 96, 4, 4 },
        { 300, 64, 64, 4, 4 }, // a part of the tiles for each thread
        { 2, 256, 160, 7, 8 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Output_and_gradients_equal_the_convolution_in_float64(int images, int inputs, int outputs, int height, int width)
    {
        using var scope = NewDisposeScope();
        var (x, weight, upstream) = Drawn(images, inputs, outputs, height, width);
        var expected = ConvolutionTrial.Differentiate(x.to(float64), weight.to(float64), upstream.to(float64), (a, b) => nn.functional.conv2d(a, b, padding: [1, 1]));
        var actual = ConvolutionTrial.Differentiate(ChannelsLast.Of(x), weight, upstream, (a, b) => WinogradFunction.Of(a, b));
        for (int i = 0; i < 3; i++) ConvolutionTrial.Error(actual[i], expected[i]).ShouldBeLessThan(2e-6);
    }

    [Theory] // of the lengths of the sums in a ResNet-18; the points ±1, ±2 would double the error
    [InlineData(64, 32)]
    [InlineData(256, 8)]
    public void The_error_is_at_most_three_times_that_of_libtorchs_float32_convolution(int channels, int side)
    {
        using var scope = NewDisposeScope();
        var (x, weight, upstream) = Drawn(16, channels, channels, side, side);
        x.relu_();
        Tensor Direct(Tensor a, Tensor b) => nn.functional.conv2d(a, b, padding: [1, 1]);
        var expected = ConvolutionTrial.Differentiate(x.to(float64), weight.to(float64), upstream.to(float64), Direct);
        var direct = ConvolutionTrial.Differentiate(ChannelsLast.Of(x), ChannelsLast.Of(weight), ChannelsLast.Of(upstream), Direct);
        var actual = ConvolutionTrial.Differentiate(ChannelsLast.Of(x), weight, upstream, (a, b) => WinogradFunction.Of(a, b));
        for (int i = 0; i < 2; i++) ConvolutionTrial.Error(actual[i], expected[i]).ShouldBeLessThan(3 * ConvolutionTrial.Error(direct[i], expected[i]));
        ConvolutionTrial.Error(actual[2], expected[2]).ShouldBeLessThan(2e-6);
    }

    [Theory]
    [InlineData(true, false)] // the weight is frozen
    [InlineData(false, true)] // all layers before it are frozen
    public void An_unused_gradient_changes_no_bit_of_the_other(bool ofInput, bool ofWeight)
    {
        using var scope = NewDisposeScope();
        var (x, weight, upstream) = Drawn(33, 64, 96, 4, 4);
        var both = ConvolutionTrial.Differentiate(ChannelsLast.Of(x), weight, upstream, (a, b) => WinogradFunction.Of(a, b));
        var (input, frozen) = (ChannelsLast.Of(x).detach().requires_grad_(ofInput), weight.detach().clone().requires_grad_(ofWeight));
        WinogradFunction.Of(input, frozen).backward([upstream]);
        (input.grad is null, frozen.grad is null).ShouldBe((!ofInput, !ofWeight));
        (input.grad ?? frozen.grad!).eq(ofInput ? both[1] : both[2]).all().item<bool>().ShouldBeTrue();
    }

    [Fact]
    public void Bias_residual_and_relu_are_applied_in_this_order()
    {
        using var scope = NewDisposeScope();
        var (x, weight, residual) = Drawn(3, 32, 64, 5, 6);
        var bias = randn(64);
        var filters = WinogradConvolution.Transform(weight.permute(1, 2, 3, 0).contiguous(), rotate: false);
        var y = nn.functional.conv2d(x.to(float64), weight.to(float64), bias.to(float64), padding: [1, 1]);
        Tensor Convolve(Tensor? residual, bool relu) => WinogradConvolution.Convolve(ChannelsLast.Of(x), filters, 64, bias, residual, relu);
        ConvolutionTrial.Error(Convolve(null, relu: false), y).ShouldBeLessThan(2e-6);
        ConvolutionTrial.Error(Convolve(null, relu: true), y.relu()).ShouldBeLessThan(2e-6);
        ConvolutionTrial.Error(Convolve(ChannelsLast.Of(residual), relu: true), (y + residual).relu()).ShouldBeLessThan(2e-6);
    }

    [Fact]
    public void The_same_input_gives_the_same_bytes_and_only_the_results_stay_alive()
    {
        using var scope = NewDisposeScope();
        var (x, weight, upstream) = Drawn(20, 64, 32, 8, 8);
        (x, weight) = (ChannelsLast.Of(x).detach().requires_grad_(true), weight.requires_grad_(true));
        byte[][] Bytes()
        {
            using var step = NewDisposeScope();
            foreach (var leaf in (Tensor[])[x, weight]) leaf.grad?.zero_();
            var y = WinogradFunction.Of(x, weight);
            y.backward([upstream]);
            return [.. ((Tensor[])[y.detach(), x.grad!, weight.grad!]).Select(t => t.ToBytes())];
        }
        var first = Bytes();
        long alive = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 20; i++)
        {
            var again = Bytes();
            for (int k = 0; k < 3; k++) again[k].ShouldBe(first[k]);
        }
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.ShouldBe(alive);
    }

    private static (Tensor X, Tensor Weight, Tensor Upstream) Drawn(int images, int inputs, int outputs, int height, int width)
    {
        using var generator = new Generator(5, CPU);
        return (randn([images, inputs, height, width], generator: generator), randn([outputs, inputs, 3, 3], generator: generator), randn([images, outputs, height, width], generator: generator));
    }
}
