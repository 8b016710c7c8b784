using System.Runtime.InteropServices;
using SimClr.Images;
using static TorchSharp.torch;

namespace SimClr.Rendering;

/// <summary>Decoded images of any sizes, one after the other in one tensor: what <see cref="TensorViewRenderer"/> renders from.</summary>
/// <param name="Pixels">(values), on any device: the images' (H, W, C), interleaved; uint8 where all images are, else float32, in [0, 255]. Owned by this.</param>
/// <param name="Places">Where they are.</param>
/// <param name="Channels">C of all of them.</param>
public sealed record PackedImages(Tensor Pixels, IReadOnlyList<PackedImages.Place> Places, int Channels = 3) : IDisposable
{
    /// <summary>Where an image lies.</summary>
    /// <param name="Offset">Its first value.</param>
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
            length += Values(images[i].Checked());
        }
        bool isUInt8 = images.All(image => image.Type == PixelType.UInt8);
        var pixels = empty(length, isUInt8 ? ScalarType.Byte : ScalarType.Float32).DetachFromDisposeScope();
        for (int i = 0; i < places.Length; i++)
        {
            // A tensor may have more bytes than a span.
            using var part = pixels.narrow(0, places[i].Offset, Values(images[i]));
            if (isUInt8) images[i].Bytes.Span.CopyTo(part.bytes);
            else Convert(images[i], MemoryMarshal.Cast<byte, float>(part.bytes));
        }
        return new PackedImages(pixels, places, images[0].Channels);
    }

    private static int Values(DecodedImage image) => image.Bytes.Length / image.BytesPerValue;

    private static void Convert(DecodedImage image, Span<float> to)
    {
        switch (image.Type)
        {
            case PixelType.UInt8: Scale(image.Values<byte>(), to, v => v); break;
            case PixelType.UInt16: Scale(image.Values<ushort>(), to, v => v / 257f); break;
            default: Scale(image.Values<float>(), to, v => 255 * v); break;
        }

        static void Scale<T>(ReadOnlySpan<T> from, Span<float> to, Func<T, float> scale)
        {
            for (int i = 0; i < to.Length; i++) to[i] = scale(from[i]);
        }
    }

    /// <summary>Frees the pixels.</summary>
    public void Dispose() => Pixels.Dispose();
}
