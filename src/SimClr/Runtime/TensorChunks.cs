using static TorchSharp.torch;

namespace SimClr.Runtime;

/// <summary>Large tensors in pieces, because a span cannot hold more than 2 GiB.</summary>
internal static class TensorChunks
{
    private const int PieceBytes = 1 << 24;

    /// <summary>
    /// Views of the elements of a contiguous tensor, in order, of at most 16 MiB each. A view is freed when the next one is requested.
    /// </summary>
    public static IEnumerable<Tensor> Of(Tensor contiguous)
    {
        long count = contiguous.NumberOfElements, step = PieceBytes / contiguous.ElementSize;
        using var flat = contiguous.view(-1);
        for (long from = 0; from < count; from += step)
        {
            using var piece = flat.narrow(0, from, Math.Min(step, count - from));
            yield return piece;
        }
    }
}
