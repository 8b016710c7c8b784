using SimClr.Images;
using static TorchSharp.torch;

namespace SimClr.Rendering;

/// <summary>Decoded images of any sizes, one after the other in one tensor: what <see cref="TensorViewRenderer"/> renders from.</summary>
/// <param name="Pixels">(bytes) uint8, on any device: the images' (H, W, C) in [0, 255], interleaved. Owned by this.</param>
/// <param name="Places">Where they are.</param>
/// <param name="Channels">C of all of them.</param>
public sealed record PackedImages(Tensor Pixels, IReadOnlyList<PackedImages.Place> Places, int Channels = 3) : IDisposable
{
    /// <summary>Where an image lies.</summary>
    /// <param name="Offset">Its first byte.</param>
    /// <param name="Width">W, in pixels.</param>
    /// <param name="Height">H, in pixels.</param>
    public readonly record struct Place(long Offset, int Width, int Height);

    /// <summary>Copies images into CPU memory, one after the other.</summary>
    /// <param name="images">Borrowed; at least one.</param>
    /// <exception cref="ArgumentException">The bytes of an image do not fit its size, or it has another number of channels than the first.</exception>
    public static PackedImages Of(IReadOnlyList<DecodedImage> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        var places = new Place[images.Count];
        long length = 0;
        for (int i = 0; i < places.Length; i++)
        {
            if (images[i].Channels != images[0].Channels) throw new ArgumentException($"Image {i} has {images[i].Channels} channels, and the first {images[0].Channels}.", nameof(images));
            places[i] = new Place(length, images[i].Width, images[i].Height);
            length += images[i].Checked().Pixels.Length;
        }
        var pixels = empty(length, ScalarType.Byte).DetachFromDisposeScope();
        for (int i = 0; i < places.Length; i++) Write(pixels, places[i].Offset, images[i].Pixels.Span);
        return new PackedImages(pixels, places, images[0].Channels);
    }

    /// <summary>Writes bytes into a tensor of the CPU, which may have more of them than a span.</summary>
    internal static void Write(Tensor pixels, long offset, ReadOnlySpan<byte> bytes)
    {
        using var part = pixels.narrow(0, offset, bytes.Length);
        bytes.CopyTo(part.bytes);
    }

    /// <summary>Frees the pixels.</summary>
    public void Dispose() => Pixels.Dispose();
}
