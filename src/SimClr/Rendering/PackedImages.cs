using System.Runtime.InteropServices;
using SimClr.Images;
using static TorchSharp.torch;

namespace SimClr.Rendering;

/// <summary>Decoded images of any sizes, packed into one tensor: the input of <see cref="TensorViewRenderer"/>.</summary>
/// <param name="Pixels">
/// (values), on any device: the images as (H, W, C), interleaved, in [0, 255]. uint8 if all images are and have no other value range, else
/// float32. Owned by this object.
/// </param>
/// <param name="Places">The place of each image.</param>
/// <param name="Channels">C of all of them.</param>
public sealed record PackedImages(Tensor Pixels, IReadOnlyList<PackedImages.Place> Places, int Channels = 3) : IDisposable
{
    /// <summary>The place of an image.</summary>
    /// <param name="Offset">The index of its first value.</param>
    /// <param name="Width">W, in pixels.</param>
    /// <param name="Height">H, in pixels.</param>
    public readonly record struct Place(long Offset, int Width, int Height);

    /// <summary>Copies images into CPU memory, one after the other.</summary>
    /// <param name="images">Borrowed; at least one.</param>
    /// <param name="prepared">Its value range says which values become 0 and 255. Null: the range of each image's type.</param>
    /// <exception cref="ArgumentException">
    /// The bytes of an image do not fit its size, or its number of channels differs from the first.
    /// </exception>
    /// <exception cref="InvalidDataException">The value range is not for values of an image's type.</exception>
    public static PackedImages Of(IReadOnlyList<DecodedImage> images, Preprocessing? prepared = null)
    {
        prepared ??= new Preprocessing();
        ArgumentNullException.ThrowIfNull(images);
        var places = new Place[images.Count];
        long length = 0;
        for (int i = 0; i < places.Length; i++)
        {
            if (images[i].Channels != images[0].Channels) throw new ArgumentException(
                $"Image {i} has {images[i].Channels} channels, and the first {images[0].Channels}.", nameof(images));
            places[i] = new Place(length, images[i].Width, images[i].Height);
            length += Values(images[i].Checked());
        }
        bool isUInt8 = prepared.ValueRange.Count == 0 && images.All(image => image.Type == PixelType.UInt8);
        var pixels = empty(length, isUInt8 ? ScalarType.Byte : ScalarType.Float32).DetachFromDisposeScope();
        for (int i = 0; i < places.Length; i++)
        {
            // A tensor may be larger than a span.
            using var part = pixels.narrow(0, places[i].Offset, Values(images[i]));
            if (isUInt8) images[i].Bytes.Span.CopyTo(part.bytes);
            else images[i].Scale(prepared, 255, MemoryMarshal.Cast<byte, float>(part.bytes));
        }
        return new PackedImages(pixels, places, images[0].Channels);
    }

    private static int Values(DecodedImage image) => image.Bytes.Length / image.BytesPerValue;

    /// <summary>Frees the pixels.</summary>
    public void Dispose() => Pixels.Dispose();
}
