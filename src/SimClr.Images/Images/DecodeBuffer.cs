namespace SimClr.Images;

/// <summary>Reusable memory for decoded images, and a bound on how far decoding may reduce them. Use one per thread.</summary>
public sealed class DecodeBuffer
{
    private const int MaxKept = 1 << 26;

    private byte[] kept = [];
    private readonly WeakReference<byte[]> large = new([]);

    /// <summary>Which pages and channels the decoder keeps; null: all, unless it is told.</summary>
    internal DecodeOptions? Options { get; set; }

    /// <summary>Whether a decoder followed the options.</summary>
    internal bool HasChosen { get; set; }

    /// <summary>
    /// For an upright image of W × H pixels: the divisor, one of 1, 2, 4 and 8, by which decoding may reduce both sides (rounded up) to
    /// save time. It applies to JPEGs; for one that is stored rotated, only as far as its sides are divisible. Null: no reduction. Called
    /// at most once per image, before its pixels are decoded.
    /// </summary>
    public Func<int, int, int>? Reduction { get; init; }

    /// <summary>
    /// Memory of this many bytes with undefined content. It is the same memory every time; a block of more than 64 MB is kept only as long
    /// as nobody else needs it.
    /// </summary>
    internal Memory<byte> Take(int length)
    {
        if (length > MaxKept)
        {
            if (large.TryGetTarget(out var before) && before.Length >= length) return before.AsMemory(0, length);
            byte[] more = GC.AllocateUninitializedArray<byte>(length);
            large.SetTarget(more);
            return more;
        }
        if (kept.Length < length) kept = GC.AllocateUninitializedArray<byte>(length);
        return kept.AsMemory(0, length);
    }
}
