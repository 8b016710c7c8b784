using System.Runtime.InteropServices;

namespace SimClr.Views;

/// <summary>Memory of zeros at a multiple of 64 bytes: no register of floats straddles two cache lines.</summary>
/// <param name="length">Floats.</param>
internal sealed class AlignedFloats(int length)
{
    private const int Alignment = 64;

    private readonly float[] memory = GC.AllocateArray<float>(length + Alignment / sizeof(float), pinned: true);

    /// <summary>Floats.</summary>
    public int Length => length;

    /// <summary>The first float.</summary>
    public ref float First => ref memory[Start];

    /// <summary>The floats from <paramref name="start"/> on.</summary>
    public Span<float> Slice(int start, int count) => memory.AsSpan(Start + start, count);

    private int Start => (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0) & (Alignment - 1)) / sizeof(float);
}
