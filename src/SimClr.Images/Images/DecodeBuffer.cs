namespace SimClr.Images;

/// <summary>Memory for one decoded image after the other, and how small an image may come out. One for each thread that reads.</summary>
public sealed class DecodeBuffer
{
    private const int MaxKept = 1 << 26;

    private byte[] kept = [];
    private readonly WeakReference<byte[]> large = new([]);

    /// <summary>
    /// For an image of W × H pixels, upright: by which of 1, 2, 4 and 8 both sides may be divided, rounded up, where that makes decoding
    /// cheaper: a JPEG, and one stored turned only as far as its sides divide without a rest. Null: by nothing. Asked at most once an image,
    /// before its pixels are decoded.
    /// </summary>
    public Func<int, int, int>? Reduction { get; init; }

    /// <summary>That many bytes, of any content: the same memory each time, where it is more than 64 MB only as long as nobody else needs it.</summary>
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
