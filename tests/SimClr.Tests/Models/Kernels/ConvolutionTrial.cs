using static TorchSharp.torch;

namespace SimClr.Tests.Models;

/// <summary>A convolution and its derivatives beside another one's.</summary>
internal static class ConvolutionTrial
{
    /// <summary>The output and its gradients by x and by the weight.</summary>
    public static Tensor[] Differentiate(Tensor x, Tensor weight, Tensor upstream, Func<Tensor, Tensor, Tensor> convolution)
    {
        (x, weight) = (x.detach().requires_grad_(true), weight.detach().requires_grad_(true));
        var y = convolution(x, weight);
        y.backward([upstream]);
        return [y.detach(), x.grad!, weight.grad!];
    }

    /// <summary>‖actual − expected‖ / ‖expected‖.</summary>
    public static double Error(Tensor actual, Tensor expected)
    {
        actual.shape.ShouldBe(expected.shape);
        return ((actual.to(float64) - expected).norm() / expected.norm()).item<double>();
    }
}
