using System.Runtime.InteropServices;

namespace SimClr.Views;

/// <summary>Zeroed memory, aligned to 64 bytes: no register of floats crosses a cache line.</summary>
/// <param name="length">The number of floats.</param>
internal sealed class AlignedFloats(int length)
{
    private const int Alignment = 64;

    private readonly float[] memory = GC.AllocateArray<float>(length + Alignment / sizeof(float), pinned: true);

    /// <summary>The number of floats.</summary>
    public int Length => length;

    /// <summary>The first float.</summary>
    public ref float First => ref memory[Start];

    /// <summary>The floats from <paramref name="start"/> on.</summary>
    public Span<float> Slice(int start, int count) => memory.AsSpan(Start + start, count);

    private int Start => (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0) & (Alignment - 1)) / sizeof(float);
}
