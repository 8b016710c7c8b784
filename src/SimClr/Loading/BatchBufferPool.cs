using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Loading;

/// <summary>
/// Reusable memory for batches of one size, or a little less. A batch returns its memory, and the next one gets it: fresh pages cost more
/// than writing the views.
/// </summary>
/// <param name="images">N.</param>
/// <param name="imageSize">S.</param>
/// <param name="channels">C.</param>
/// <param name="viewsPerImage">V.</param>
/// <param name="smallCrops">The small crops: n per image, s pixels a side.</param>
internal sealed class BatchBufferPool(int images, int imageSize, int channels, int viewsPerImage, SmallCropOptions smallCrops) : IDisposable
{
    private readonly Stack<Tensor> free = new();
    private bool disposed;

    private long View => (long)channels * imageSize * imageSize;

    private long SmallCrop => (long)channels * smallCrops.ImageSize * smallCrops.ImageSize;

    private long Length => images * (viewsPerImage * View + smallCrops.Count * SmallCrop);

    /// <summary>The size of one batch, in bytes.</summary>
    public long BatchBytes => Length * sizeof(float);

    /// <summary>Memory for a batch: float32, undefined content, in no dispose scope. Owned by the caller until it is returned.</summary>
    public Tensor Take()
    {
        lock (free)
        {
            if (free.TryPop(out var used)) return used;
        }
        return empty(Length).DetachFromDisposeScope();
    }

    /// <summary>The place of one view, (C, S, S), or one small crop, (C, s, s). A batch can be larger than a span.</summary>
    /// <param name="memory">The memory of the batch.</param>
    /// <param name="view">Below V a view; from V on a small crop.</param>
    /// <param name="position">The position of the image in its batch.</param>
    /// <param name="count">The number of images in the batch, at most N.</param>
    public unsafe Span<float> Place(Tensor memory, int view, int position, int count)
    {
        var (start, length) = view < viewsPerImage
            ? (((long)view * count + position) * View, View)
            : (viewsPerImage * images * View + ((view - (long)viewsPerImage) * count + position) * SmallCrop, SmallCrop);
        using var first = memory.narrow(0, 0, 1);
        return new Span<float>((float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes)) + start, (int)length);
    }

    /// <summary>
    /// The views (VN, C, S, S) and small crops (nN, C, s, s; null if there are none) of a batch. They share its memory and are in no
    /// dispose scope; owned by the caller.
    /// </summary>
    /// <param name="memory">The memory of the batch.</param>
    /// <param name="count">The number of its images.</param>
    public (Tensor Views, Tensor? SmallCrops) Views(Tensor memory, int count)
    {
        using var scope = NewDisposeScope();
        var views = memory.narrow(0, 0, viewsPerImage * count * View).view(viewsPerImage * count, channels, imageSize, imageSize)
            .DetachFromDisposeScope();
        if (smallCrops.Count == 0) return (views, null);
        int rows = smallCrops.Count * count;
        return (views, memory.narrow(0, viewsPerImage * images * View, rows * SmallCrop)
            .view(rows, channels, smallCrops.ImageSize, smallCrops.ImageSize).DetachFromDisposeScope());
    }

    /// <summary>Takes back the memory of a batch.</summary>
    public void Give(Tensor memory)
    {
        lock (free)
        {
            if (disposed) memory.Dispose();
            else free.Push(memory);
        }
    }

    /// <summary>Frees all memory in the pool, and from now on all that is returned.</summary>
    public void Dispose()
    {
        lock (free)
        {
            disposed = true;
            while (free.TryPop(out var memory)) memory.Dispose();
        }
    }
}
