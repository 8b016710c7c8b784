using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// The gradients that the last of this library's autograd functions returned on this thread. They must live until libtorch calls the next
/// function, because libtorch then holds references of its own. TorchSharp alone would keep them until the end of the step.
/// </summary>
internal static class ReturnedGradients
{
    [ThreadStatic]
    private static List<Tensor?>? last;

    /// <summary>Frees them. Every backward pass of this library calls this first.</summary>
    public static void Free()
    {
        last?.ForEach(t => t?.Dispose());
        last = null;
    }

    /// <summary>Stores the gradients that are about to be returned.</summary>
    public static List<Tensor?> Keep(List<Tensor?> gradients) => last = gradients;
}
