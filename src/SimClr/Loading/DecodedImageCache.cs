using System.Collections.Concurrent;
using SimClr.Images;

namespace SimClr.Loading;

/// <summary>Decoded images that are wanted once more, soon: copies, while there is room. Safe to use from several threads at once.</summary>
/// <param name="limit">Room, in bytes of pixels.</param>
internal sealed class DecodedImageCache(long limit = 256L << 20)
{
    private readonly ConcurrentDictionary<int, Decoded> kept = new();
    private long bytes;

    /// <summary>An image, and the size that its views are drawn for: larger where it was decoded reduced.</summary>
    internal sealed record Decoded(DecodedImage Image, int Width, int Height);

    /// <summary>Keeps a copy of an image if there is room.</summary>
    public void Keep(int index, Decoded decoded)
    {
        int length = decoded.Image.Bytes.Length;
        if (Interlocked.Add(ref bytes, length) > limit
            || !kept.TryAdd(index, decoded with { Image = decoded.Image with { Bytes = decoded.Image.Bytes.ToArray() } }))
            Interlocked.Add(ref bytes, -length);
    }

    /// <summary>Gives an image and forgets it; null where it was not kept.</summary>
    public Decoded? Take(int index)
    {
        if (!kept.TryRemove(index, out var decoded)) return null;
        Interlocked.Add(ref bytes, -decoded.Image.Bytes.Length);
        return decoded;
    }
}
