namespace SimClr.Data;

/// <summary>
/// The generator behind subsets and splits: SplitMix64 (Steele, Lea and Flood 2014), the same numbers on every platform
/// and in every version of .NET, which <see cref="Random"/> does not promise.
/// </summary>
internal struct SplitMix64(ulong seed)
{
    private ulong state = seed;

    public ulong Next()
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in [0, <paramref name="bound"/>), up to a bias below bound/2⁶⁴.</summary>
    public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>
    /// Puts <paramref name="count"/> of the items, drawn without replacement, to the front (Fisher–Yates, broken off).
    /// The first k are the same for every count of at least k.
    /// </summary>
    public void Draw(Span<int> items, int count)
    {
        for (int i = 0; i < count; i++)
        {
            int j = i + Below(items.Length - i);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
