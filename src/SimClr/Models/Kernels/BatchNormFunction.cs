using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// y = v or ReLU(v), v = γ·(x − μ)/√(σ² + ε) + β + addend, as one function with its gradient, for float32 tensors on the CPU.
/// </summary>
/// <remarks>
/// Let g = ∂L/∂y where the ReLU passes the gradient, x̂ = (x − μ)/√(σ² + ε), and M the number of values per channel (Ioffe and Szegedy
/// 2015, section 3):
/// <code>
/// ∂β = Σ g    ∂γ = Σ g·x̂    ∂addend = g    ∂x = γ/√(σ² + ε) · (g − ∂β/M − x̂·∂γ/M)
/// </code>
/// If μ and σ² are given instead of computed from the batch, the last two terms of ∂x are left out. The sums in ∂x are over all ranks,
/// those in ∂β and ∂γ over this rank.
/// </remarks>
internal sealed unsafe class BatchNormFunction : autograd.SingleTensorFunction<BatchNormFunction>
{
    public override string Name => nameof(BatchNormFunction);

    /// <param name="context">Stores x and, with an addend, y.</param>
    /// <param name="vars">x, γ (C), β (C), the addend or null, and the <see cref="BatchNormPass"/>.</param>
    /// <returns>y, with the shape and memory order of x.</returns>
    public override Tensor forward(autograd.AutogradContext context, params object?[] vars)
    {
        ReturnedGradients.Free(); // of the step before; otherwise the last ones would live until the next backward pass
        var (x, addend, pass) = ((Tensor)vars[0]!, (Tensor?)vars[3], (BatchNormPass)vars[4]!);
        var y = empty_like(x);
        pass.Normalize(x, addend, y);
        context.save_for_backward(addend is null ? [x] : [x, y]);
        context.save_data(nameof(BatchNormPass), pass);
        return y;
    }

    public override List<Tensor?> backward(autograd.AutogradContext context, Tensor gradient)
    {
        ReturnedGradients.Free();
        using var scope = NewDisposeScope();
        var pass = (BatchNormPass)context.get_data(nameof(BatchNormPass));
        var saved = context.get_saved_variables();
        List<Tensor?> returned = [.. pass.Gradients(saved[0], saved.ElementAtOrDefault(1), ChannelsLast.Of(gradient)), null];
        foreach (var of in returned) of?.MoveToOuterDisposeScope();
        gradient.Dispose(); // otherwise it would live until the end of the step
        return ReturnedGradients.Keep(returned);
    }
}
