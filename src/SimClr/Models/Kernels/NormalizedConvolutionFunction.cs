using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// The 3×3 convolution of ReLU(batch normalisation of x), as one function with its gradients: (N, C, H, W) and weight (K, C, 3, 3) → (N, K, H, W).
/// The normalised activation is computed where the convolution reads it, in the forward pass and again for the weight's gradient. It is never
/// stored, which saves its memory until the backward pass and one pass over it.
/// </summary>
/// <remarks>The values are those of <see cref="BatchNormFunction"/> and <see cref="WinogradFunction"/> one after the other, to the last bit.</remarks>
internal sealed class NormalizedConvolutionFunction : autograd.SingleTensorFunction<NormalizedConvolutionFunction>
{
    public override string Name => nameof(NormalizedConvolutionFunction);

    /// <summary>The convolution, with its gradients where they are recorded; the caller's.</summary>
    /// <param name="x">Channels-last, float32, on the CPU; borrowed, as all are.</param>
    /// <param name="γ">(C), for its gradient: the pass has read it.</param>
    /// <param name="β">(C), likewise.</param>
    /// <param name="weight">(K, C, 3, 3).</param>
    /// <param name="pass">Of x, with a ReLU.</param>
    public static Tensor Of(Tensor x, Tensor γ, Tensor β, Tensor weight, BatchNormPass pass)
    {
        if (!is_grad_enabled()) return WinogradFunction.Convolve(x, weight, pass);
        using var scope = NewDisposeScope(); // TorchSharp makes an empty tensor of the output's size beside it
        return apply(x, γ, β, weight, pass).MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext context, params object[] vars)
    {
        var (x, γ, weight, pass) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[3], (BatchNormPass)vars[4]);
        context.save_for_backward([x, γ, weight]);
        context.save_data(nameof(BatchNormPass), pass);
        return WinogradFunction.Convolve(x, weight, pass);
    }

    // An exception here would end the process: whatever could be wrong was looked at in the forward pass.
    public override List<Tensor?> backward(autograd.AutogradContext context, Tensor gradient)
    {
        ReturnedGradients.Free();
        using var scope = NewDisposeScope();
        var pass = (BatchNormPass)context.get_data(nameof(BatchNormPass));
        var saved = context.get_saved_variables();
        var (x, γ, weight, upstream) = (saved[0], saved[1], saved[2], ChannelsLast.Of(gradient));
        var byWeight = weight.requires_grad ? WinogradFunction.WeightGradient(x, upstream, pass) : null;
        Tensor?[] others = [null, null, null, null];
        if (x.requires_grad || γ.requires_grad) // not where all before it is frozen
            others = pass.Gradients(x, null, WinogradFunction.InputGradient(weight, upstream), over: true);
        List<Tensor?> all = [others[0], others[1], others[2], byWeight, null];
        foreach (var of in all) of?.MoveToOuterDisposeScope();
        gradient.Dispose(); // else it would live as long as the step
        return ReturnedGradients.Keep(all);
    }
}
