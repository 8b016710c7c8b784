using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>The convolution of <see cref="WinogradConvolution"/> with its two gradients, for autograd: input (N, C, H, W) and weight (K, C, 3, 3) → (N, K, H, W).</summary>
internal sealed class WinogradFunction : autograd.SingleTensorFunction<WinogradFunction>
{
    // TorchSharp keeps no hold of what backward returns, and the step's scope would keep all of it to the end of the step.
    [ThreadStatic]
    private static List<Tensor?>? returned;

    public override string Name => nameof(WinogradFunction);

    public static Tensor Convolve(Tensor input, Tensor weight)
    {
        using var scope = NewDisposeScope();
        var filters = WinogradConvolution.Transform(weight.permute(1, 2, 3, 0).contiguous(), rotate: false);
        return WinogradConvolution.Convolve(ChannelsLast.Of(input), filters, (int)weight.shape[0]).MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (input, weight) = ((Tensor)vars[0], (Tensor)vars[1]);
        ctx.save_for_backward([input, weight]);
        return Convolve(input, weight);
    }

    // An exception here would end the process: whatever could be wrong was looked at in the forward pass.
    public override List<Tensor?> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        foreach (var earlier in returned ?? []) earlier?.Dispose(); // autograd has its own hold on them by now
        using var scope = NewDisposeScope();
        var saved = ctx.get_saved_variables();
        var (input, weight, gradient) = (ChannelsLast.Of(saved[0]), saved[1], ChannelsLast.Of(grad_output));
        var byInput = saved[0].requires_grad ? InputGradient(weight, gradient).MoveToOuterDisposeScope() : null; // not where all before it is frozen
        var byWeight = weight.requires_grad ? WinogradConvolution.FilterGradient(input, gradient).permute(0, 3, 1, 2).MoveToOuterDisposeScope() : null;
        grad_output.Dispose();
        return returned = [byInput, byWeight];
    }

    private static Tensor InputGradient(Tensor weight, Tensor gradient)
    {
        var filters = WinogradConvolution.Transform(weight.permute(0, 2, 3, 1).contiguous(), rotate: true); // sums over K
        return WinogradConvolution.Convolve(gradient, filters, (int)weight.shape[1]);
    }
}
