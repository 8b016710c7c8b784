using System.Collections.Concurrent;
using SimClr.Images;

namespace SimClr.Loading;

/// <summary>
/// Keeps copies of decoded images that are needed once more soon, while there is room. Safe to use from several threads at once.
/// </summary>
/// <param name="limit">The room, in bytes of pixels.</param>
internal sealed class DecodedImageCache(long limit = 256L << 20)
{
    private readonly ConcurrentDictionary<int, Decoded> kept = new();
    private long bytes;

    /// <summary>
    /// An image, and the size that its views are drawn for. That size is larger than the image if it was decoded at a reduced size.
    /// </summary>
    internal sealed record Decoded(DecodedImage Image, int Width, int Height);

    /// <summary>Keeps a copy of an image if there is room.</summary>
    public void Keep(int index, Decoded decoded)
    {
        int length = decoded.Image.Bytes.Length;
        if (Interlocked.Add(ref bytes, length) > limit
            || !kept.TryAdd(index, decoded with { Image = decoded.Image with { Bytes = decoded.Image.Bytes.ToArray() } }))
            Interlocked.Add(ref bytes, -length);
    }

    /// <summary>Returns an image and removes it; null if it was not kept.</summary>
    public Decoded? Take(int index)
    {
        if (!kept.TryRemove(index, out var decoded)) return null;
        Interlocked.Add(ref bytes, -decoded.Image.Bytes.Length);
        return decoded;
    }
}
