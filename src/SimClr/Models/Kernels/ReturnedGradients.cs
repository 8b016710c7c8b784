using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// The gradients that a function of ours returned last, on this thread. libtorch has taken its own references when it asks the next function;
/// until then these must live, and TorchSharp would keep them to the end of the step.
/// </summary>
internal static class ReturnedGradients
{
    [ThreadStatic]
    private static List<Tensor?>? last;

    /// <summary>Frees them: called first of all in every backward pass of ours.</summary>
    public static void Free()
    {
        last?.ForEach(t => t?.Dispose());
        last = null;
    }

    /// <summary>Keeps what is about to be returned.</summary>
    public static List<Tensor?> Keep(List<Tensor?> gradients) => last = gradients;
}
