using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Loading;

/// <summary>
/// Memory for batches of one size, or a little less. What a batch gives back the next one gets: the pages of fresh memory cost more than a view takes to write.
/// </summary>
/// <param name="images">N.</param>
/// <param name="imageSize">S.</param>
/// <param name="channels">C.</param>
/// <param name="viewsPerImage">V.</param>
/// <param name="smallCrops">n small crops of an image, of s pixels a side.</param>
internal sealed class BatchBufferPool(int images, int imageSize, int channels, int viewsPerImage, SmallCropOptions smallCrops) : IDisposable
{
    private readonly Stack<Tensor> free = new();
    private bool disposed;

    private long View => (long)channels * imageSize * imageSize;

    private long SmallCrop => (long)channels * smallCrops.ImageSize * smallCrops.ImageSize;

    private long Length => images * (viewsPerImage * View + smallCrops.Count * SmallCrop);

    /// <summary>Bytes of one batch.</summary>
    public long BatchBytes => Length * sizeof(float);

    /// <summary>Memory for a batch, float32 of any content, outside every scope; the caller's until it is given back.</summary>
    public Tensor Take()
    {
        lock (free)
        {
            if (free.TryPop(out var used)) return used;
        }
        return empty(Length).DetachFromDisposeScope();
    }

    /// <summary>Where one view lies, (C, S, S), or one small crop, (C, s, s). A batch can have more bytes than a span.</summary>
    /// <param name="memory">The batch's.</param>
    /// <param name="view">Below V a view, from V on the small crops.</param>
    /// <param name="position">Of the image in its batch.</param>
    /// <param name="count">Images of the batch, at most N.</param>
    public unsafe Span<float> Place(Tensor memory, int view, int position, int count)
    {
        var (start, length) = view < viewsPerImage
            ? (((long)view * count + position) * View, View)
            : (viewsPerImage * images * View + ((view - (long)viewsPerImage) * count + position) * SmallCrop, SmallCrop);
        using var first = memory.narrow(0, 0, 1);
        return new Span<float>((float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes)) + start, (int)length);
    }

    /// <summary>A batch's views (VN, C, S, S) and small crops (nN, C, s, s), null if there are none, as views of its memory outside every scope; owned by the caller.</summary>
    /// <param name="memory">The batch's.</param>
    /// <param name="count">Its images.</param>
    public (Tensor Views, Tensor? SmallCrops) Views(Tensor memory, int count)
    {
        using var scope = NewDisposeScope();
        var views = memory.narrow(0, 0, viewsPerImage * count * View).view(viewsPerImage * count, channels, imageSize, imageSize).DetachFromDisposeScope();
        if (smallCrops.Count == 0) return (views, null);
        int rows = smallCrops.Count * count;
        return (views, memory.narrow(0, viewsPerImage * images * View, rows * SmallCrop).view(rows, channels, smallCrops.ImageSize, smallCrops.ImageSize).DetachFromDisposeScope());
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
