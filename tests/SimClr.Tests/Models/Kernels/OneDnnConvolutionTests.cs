using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

public sealed class OneDnnConvolutionTests
{
    [Theory]
    [InlineData(3, 1, true, true)]
    [InlineData(3, 2, false, true)]
    [InlineData(1, 2, false, false)]
    [InlineData(7, 2, true, false)]
    public void Where_libtorch_has_no_oneDNN_the_same_comes_in_steps(int kernel, int stride, bool adds, bool relu)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (x, weight, bias) = (ChannelsLast.Of(randn(2, 5, 13, 11)), ChannelsLast.Of(randn(6, 5, kernel, kernel)), randn(6));
        Tensor? Residual(long seed) => adds ? ChannelsLast.Of(randn([2, 6, (12 + stride) / stride, (10 + stride) / stride], generator: new Generator((ulong)seed))) : null;
        var atOnce = OneDnnConvolution.Convolve(x, weight, bias, stride, Residual(1), relu);
        var inSteps = OneDnnConvolution.InSteps(x, weight, bias, stride, kernel / 2, Residual(1), relu);
        Golden.MaxDifference(inSteps, atOnce).ShouldBeLessThan(1e-4);
        inSteps.stride().ShouldBe(atOnce.stride());
    }
}
