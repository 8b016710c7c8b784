using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Optimization;

/// <summary>TorchScript functions over lists of tensors. The host neither waits nor makes a call per tensor.</summary>
internal static class ForeachKernels
{
    // A word that TorchScript does not know would end the process, so the tests run every line. Arithmetic on single tensors stays outside:
    // libtorch would compile kernels for it at its third run.
    private const string Source =
        """
        def norm(gradients: List[Tensor]):
            return torch.stack(torch._foreach_norm(gradients)).norm()

        def norms(tensors: List[Tensor]):
            return torch.stack(torch._foreach_norm(tensors))

        def decayed(gradients: List[Tensor], w: List[Tensor], decay: float):
            return torch._foreach_add(gradients, w, alpha=decay)

        def descend(w: List[Tensor], g: List[Tensor], v: List[Tensor], skipped: Tensor, keep: Tensor, memory: Tensor,
                    mu: float, lr: float, nesterov: bool):
            for one in g:
                one.masked_fill_(skipped, 0.0)
            torch._foreach_mul_(v, memory)
            torch._foreach_add_(v, g, alpha=lr)
            if nesterov:
                torch._foreach_mul_(g, lr)
                torch._foreach_add_(g, v, alpha=mu)
                torch._foreach_mul_(g, keep)
                torch._foreach_sub_(w, g)
            else:
                torch._foreach_sub_(w, torch._foreach_mul(v, keep))
            return keep

        def scale(g: List[Tensor], r: Tensor):
            torch._foreach_mul_(g, r.unbind())
            return r

        """;

    private static readonly Lazy<jit.CompilationUnit> Compiled = new(() => jit.compile(Source));

    /// <summary>‖·‖ of all gradients together: () on their device; owned by the caller.</summary>
    public static Tensor Norm(Tensor[] gradients) => (Tensor)Compiled.Value.invoke("norm", [gradients]);

    /// <summary>A step of <see cref="Lars"/>, with its symbols. Nothing changes if skip () is 1 instead of 0.</summary>
    public static void Lars(ParameterLists lists, Tensor skip, OptimizerOptions options, double learningRate)
    {
        using var scope = NewDisposeScope();
        using Scalar decay = lists.Excluded ? 0.0 : options.Decay, mu = options.Momentum, lr = learningRate * lists.RateFactor;
        var programs = Compiled.Value;
        var g = (Tensor[])programs.invoke("decayed", lists.Gradients, lists.Weights, decay);
        if (lists.Adapted)
        {
            var (w, u) = ((Tensor)programs.invoke("norms", [lists.Weights]), (Tensor)programs.invoke("norms", [g]));
            var r = where(w.eq(0).logical_or(u.eq(0)), ones_like(w), w / u * options.TrustCoefficient);
            programs.invoke("scale", g, r);
        }
        var keep = (1 - skip).to(lists.Weights[0].dtype);
        programs.invoke(
            "descend", lists.Weights, g, lists.Kept[0], skip.gt(0), keep, 1 - (1 - options.Momentum) * keep, mu, lr, options.Nesterov);
    }
}
