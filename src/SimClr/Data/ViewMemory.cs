using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace SimClr.Data;

/// <summary>
/// Memory for batches of one size, or a little less. What a batch gives back the next one gets: the pages of fresh memory cost more than a view takes to write.
/// </summary>
/// <param name="images">N.</param>
/// <param name="imageSize">S.</param>
/// <param name="channels">C.</param>
internal sealed class ViewMemory(int images, int imageSize, int channels) : IDisposable
{
    private readonly Stack<Tensor> free = new();
    private bool disposed;

    /// <summary>Bytes of one batch.</summary>
    public long BatchBytes => 2L * images * channels * imageSize * imageSize * sizeof(float);

    /// <summary>Memory for a batch, (2N, C, S, S) float32 of any content, outside every scope; the caller's until it is given back.</summary>
    public Tensor Take()
    {
        lock (free)
        {
            if (free.TryPop(out var used)) return used;
        }
        return empty(2 * images, channels, imageSize, imageSize).DetachFromDisposeScope();
    }

    /// <summary>One row of a batch, (C, S, S). A batch can have more bytes than a span.</summary>
    public unsafe Span<float> Row(Tensor memory, int row)
    {
        int length = channels * imageSize * imageSize;
        using var first = memory[0];
        var start = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
        return new Span<float>(start + (long)row * length, length);
    }

    /// <summary>Takes memory back.</summary>
    public void Give(Tensor memory)
    {
        lock (free)
        {
            if (disposed) memory.Dispose();
            else free.Push(memory);
        }
    }

    /// <summary>Frees what was given back, and from here on whatever is.</summary>
    public void Dispose()
    {
        lock (free)
        {
            disposed = true;
            while (free.TryPop(out var memory)) memory.Dispose();
        }
    }
}
