using static TorchSharp.torch;

namespace SimClr.Tests.Models;

/// <summary>Compares a convolution and its derivatives with another implementation.</summary>
internal static class ConvolutionTrial
{
    /// <summary>The output and its gradients with respect to x and the weight.</summary>
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
