using SimClr.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Tests.Models;

public sealed class WinogradConvolutionTests
{
    // N, C, K, H, W
    public static TheoryData<int, int, int, int, int> Shapes => new()
    {
        { 1, 32, 32, 4, 4 },
        { 3, 32, 64, 3, 3 },
        { 2, 64, 32, 5, 7 },
        { 1, 32, 32, 6, 3 },
        { 40, 32, 32, 8, 8 }, // several blocks, the last one not full
        { 5, 96, 32, 9, 13 },
        { 33, 64, 96, 4, 4 },
        { 70, 64, 64, 4, 4 },
        { 2, 256, 160, 7, 8 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Output_and_gradients_are_those_of_the_convolution_in_float64(int images, int inputs, int outputs, int height, int width)
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var (x, weight, upstream) = (randn(images, inputs, height, width), randn(outputs, inputs, 3, 3), randn(images, outputs, height, width));
        var expected = Convolve(x.to(float64), weight.to(float64), upstream.to(float64), (a, b) => functional.conv2d(a, b, padding: [1, 1]));
        var direct = Convolve(ChannelsLast.Of(x), ChannelsLast.Of(weight), ChannelsLast.Of(upstream), (a, b) => functional.conv2d(a, b, padding: [1, 1]));
        var actual = Convolve(ChannelsLast.Of(x), ChannelsLast.Of(weight), ChannelsLast.Of(upstream), (a, b) => WinogradFunction.apply(a, b));
        for (int i = 0; i < 3; i++)
            Console.WriteLine($"{images} {inputs} {outputs} {height} {width} [{i}] direct {Error(direct[i], expected[i]):e1} wino {Error(actual[i], expected[i]):e1}");
        for (int i = 0; i < 3; i++)
            Error(actual[i], expected[i]).ShouldBeLessThan(3e-6);
    }

    private static double Error(Tensor actual, Tensor expected) => ((actual.to(float64) - expected).norm() / expected.norm()).item<double>();

    private static Tensor[] Convolve(Tensor x, Tensor weight, Tensor upstream, Func<Tensor, Tensor, Tensor> convolution)
    {
        (x, weight) = (x.detach().requires_grad_(true), weight.detach().requires_grad_(true));
        var y = convolution(x, weight);
        y.backward([upstream]);
        return [y.detach(), x.grad!, weight.grad!];
    }
}
