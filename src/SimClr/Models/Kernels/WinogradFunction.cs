using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// The convolution of <see cref="WinogradConvolution"/> with its two gradients, for autograd: input (N, C, H, W) and weight (K, C, 3, 3) →
/// (N, K, H, W).
/// </summary>
internal sealed class WinogradFunction : autograd.SingleTensorFunction<WinogradFunction>
{
    public override string Name => nameof(WinogradFunction);

    /// <summary>The convolution, with its gradients if autograd records them; owned by the caller.</summary>
    public static Tensor Of(Tensor input, Tensor weight)
    {
        if (!is_grad_enabled()) return Convolve(input, weight);
        using var scope = NewDisposeScope(); // TorchSharp also creates an empty tensor of the output's size
        return apply(input, weight).MoveToOuterDisposeScope();
    }

    /// <summary>The convolution without a gradient; owned by the caller.</summary>
    /// <param name="input">(N, C, H, W); borrowed, as are all arguments.</param>
    /// <param name="weight">(K, C, 3, 3).</param>
    /// <param name="before">The batch normalisation and ReLU of the input, which happen first; null for none.</param>
    public static Tensor Convolve(Tensor input, Tensor weight, BatchNormPass? before = null)
    {
        using var scope = NewDisposeScope();
        var filters = WinogradConvolution.Transform(weight.permute(1, 2, 3, 0).contiguous(), rotate: false);
        return WinogradConvolution.Convolve(ChannelsLast.Of(input), filters, (int)weight.shape[0], before: before)
            .MoveToOuterDisposeScope();
    }

    /// <summary>∂L/∂input; owned by the caller.</summary>
    public static Tensor InputGradient(Tensor weight, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        var filters = WinogradConvolution.Transform(weight.permute(0, 2, 3, 1).contiguous(), rotate: true); // sums over K
        return WinogradConvolution.Convolve(gradient, filters, (int)weight.shape[1]).MoveToOuterDisposeScope();
    }

    /// <summary>∂L/∂weight, (K, C, 3, 3); owned by the caller.</summary>
    public static Tensor WeightGradient(Tensor input, Tensor gradient, BatchNormPass? before = null) =>
        WinogradConvolution.FilterGradient(input, gradient, before).permute(0, 3, 1, 2);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (input, weight) = ((Tensor)vars[0], (Tensor)vars[1]);
        ctx.save_for_backward([input, weight]);
        return Convolve(input, weight);
    }

    // An exception here would end the process. The forward pass has checked everything that could be wrong.
    public override List<Tensor?> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        ReturnedGradients.Free();
        using var scope = NewDisposeScope();
        var saved = ctx.get_saved_variables();
        var (input, weight, gradient) = (ChannelsLast.Of(saved[0]), saved[1], ChannelsLast.Of(grad_output));
        // Not needed if all layers before it are frozen.
        var byInput = saved[0].requires_grad ? InputGradient(weight, gradient).MoveToOuterDisposeScope() : null;
        var byWeight = weight.requires_grad ? WeightGradient(input, gradient).MoveToOuterDisposeScope() : null;
        grad_output.Dispose();
        return ReturnedGradients.Keep([byInput, byWeight]);
    }
}
