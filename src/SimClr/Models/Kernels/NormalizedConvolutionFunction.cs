using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// The 3×3 convolution of ReLU(batch normalisation of x), as one function with its gradients: (N, C, H, W) and weight (K, C, 3, 3) → (N, K,
/// H, W). The normalised activation is computed when the convolution reads it: in the forward pass, and again for the gradient of the
/// weight. It is never stored. This saves its memory until the backward pass, and one pass over it.
/// </summary>
/// <remarks>
/// The values equal those of <see cref="BatchNormFunction"/> followed by <see cref="WinogradFunction"/>, to the last bit.
/// </remarks>
internal sealed class NormalizedConvolutionFunction : autograd.SingleTensorFunction<NormalizedConvolutionFunction>
{
    public override string Name => nameof(NormalizedConvolutionFunction);

    /// <summary>The convolution, with its gradients if autograd records them; owned by the caller.</summary>
    /// <param name="x">Channels-last, float32, on the CPU; borrowed, as are all arguments.</param>
    /// <param name="γ">(C), only for its gradient: <paramref name="pass"/> has read its values.</param>
    /// <param name="β">(C), likewise.</param>
    /// <param name="weight">(K, C, 3, 3).</param>
    /// <param name="pass">The batch normalisation of x, with a ReLU.</param>
    public static Tensor Of(Tensor x, Tensor γ, Tensor β, Tensor weight, BatchNormPass pass)
    {
        if (!is_grad_enabled()) return WinogradFunction.Convolve(x, weight, pass);
        using var scope = NewDisposeScope(); // TorchSharp also creates an empty tensor of the output's size
        return apply(x, γ, β, weight, pass).MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext context, params object[] vars)
    {
        var (x, γ, β, weight, pass) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], (Tensor)vars[3], (BatchNormPass)vars[4]);
        context.save_for_backward([x, γ, β, weight]);
        context.save_data(nameof(BatchNormPass), pass);
        return WinogradFunction.Convolve(x, weight, pass);
    }

    // An exception here would end the process. The forward pass has checked everything that could be wrong.
    public override List<Tensor?> backward(autograd.AutogradContext context, Tensor gradient)
    {
        ReturnedGradients.Free();
        using var scope = NewDisposeScope();
        var pass = (BatchNormPass)context.get_data(nameof(BatchNormPass));
        var saved = context.get_saved_variables();
        var (x, weight, upstream) = (saved[0], saved[3], ChannelsLast.Of(gradient));
        var byWeight = weight.requires_grad ? WinogradFunction.WeightGradient(x, upstream, pass) : null;
        Tensor?[] others = [null, null, null, null];
        if (saved.Take(3).Any(t => t.requires_grad)) // not needed if all layers before it are frozen
            others = pass.Gradients(x, null, WinogradFunction.InputGradient(weight, upstream), over: true);
        List<Tensor?> all = [others[0], others[1], others[2], byWeight, null];
        foreach (var of in all) of?.MoveToOuterDisposeScope();
        gradient.Dispose(); // otherwise it would live until the end of the step
        return ReturnedGradients.Keep(all);
    }
}
