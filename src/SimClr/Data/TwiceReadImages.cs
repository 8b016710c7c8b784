using System.Collections.Concurrent;
using SimClr.Views;

namespace SimClr.Data;

/// <summary>
/// Decoded images that are wanted twice, the second time soon: the first reading keeps an image while there is room, the
/// second takes it away. Safe to read from several threads at once.
/// </summary>
/// <param name="data">The images; borrowed.</param>
/// <param name="limit">Room, in bytes of pixels.</param>
internal sealed class TwiceReadImages(IImageDataset data, long limit = 256L << 20)
{
    private readonly ConcurrentDictionary<int, RgbImage> kept = new();
    private long bytes;

    /// <summary>As <see cref="IImageDataset.Read"/>.</summary>
    public RgbImage Read(int index)
    {
        if (Take(index) is { } known) return known;
        var image = data.Read(index);
        // Another thread may have read it meanwhile: then both readings are done.
        if (Take(index) is null && Interlocked.Add(ref bytes, image.Pixels.Length) is var total)
        {
            if (total > limit || !kept.TryAdd(index, image)) Interlocked.Add(ref bytes, -image.Pixels.Length);
        }
        return image;
    }

    private RgbImage? Take(int index)
    {
        if (!kept.TryRemove(index, out var image)) return null;
        Interlocked.Add(ref bytes, -image.Pixels.Length);
        return image;
    }
}
