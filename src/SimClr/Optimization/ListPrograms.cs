using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Optimization;

/// <summary>Small programs over lists of tensors, run by libtorch without a host that waits or a call for every tensor.</summary>
internal static class ListPrograms
{
    // A word that TorchScript does not know would end the process: the tests run every line.
    private const string Source =
        """
        def norm(gradients: List[Tensor]):
            return torch.stack(torch._foreach_norm(gradients)).norm()

        def lars(w: List[Tensor], gradients: List[Tensor], v: List[Tensor], skip: Tensor, decay: float, eta: float, mu: float, lr: float, nesterov: bool, adapts: bool):
            g = torch._foreach_add(gradients, w, alpha=decay)
            if adapts:
                wn = torch.stack(torch._foreach_norm(w))
                gn = torch.stack(torch._foreach_norm(g))
                r = torch.where((wn == 0) | (gn == 0), torch.ones_like(wn), eta * wn / gn)
                torch._foreach_mul_(g, r.unbind())
            for one in g:
                one.masked_fill_(skip > 0, 0.0)
            keep = (1 - skip).to(w[0].dtype)
            torch._foreach_mul_(v, 1 - (1 - mu) * keep)
            torch._foreach_add_(v, g, alpha=lr)
            if nesterov:
                torch._foreach_mul_(g, lr)
                torch._foreach_add_(g, v, alpha=mu)
                torch._foreach_mul_(g, keep)
                torch._foreach_sub_(w, g)
            else:
                torch._foreach_sub_(w, torch._foreach_mul(v, keep))
            return keep
        """;

    private static readonly Lazy<jit.CompilationUnit> Compiled = new(() => jit.compile(Source + "\n"));

    /// <summary>‖·‖ of all gradients together: () on their device; the caller's.</summary>
    public static Tensor Norm(Tensor[] gradients) => (Tensor)Compiled.Value.invoke("norm", [gradients]);

    /// <summary>A step of <see cref="Lars"/>, with its symbols; nothing changes where skip () is 1 instead of 0.</summary>
    public static void Lars(ParameterLists lists, Tensor skip, OptimizerOptions options, double learningRate)
    {
        using Scalar decay = lists.Excluded ? 0.0 : options.Decay, eta = options.TrustCoefficient, mu = options.Momentum, lr = learningRate;
        ((Tensor)Compiled.Value.invoke("lars", lists.Weights, lists.Gradients, lists.Kept[0], skip, decay, eta, mu, lr, options.Nesterov, !lists.Excluded)).Dispose();
    }
}
