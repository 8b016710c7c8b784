using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>
/// Another data set's images as gray images of one channel: 0.299 R + 0.587 G + 0.114 B, rounded as Pillow does. Gray pixels keep their
/// values.
/// </summary>
/// <remarks>Safe to read from several threads at once.</remarks>
/// <param name="source">Images of three channels; borrowed for as long as this object is used.</param>
public sealed class GrayDataset(IImageDataset source) : WrappedDataset(source)
{
    /// <inheritdoc/>
    public override int Channels => 1;

    /// <inheritdoc/>
    public override DecodedImage Read(int index, DecodeBuffer buffer) => Gray(Source.Read(index, buffer));

    /// <summary>An image of three channels in gray.</summary>
    internal static DecodedImage Gray(DecodedImage image) => image.Type switch
    {
        PixelType.UInt8 => OfBytes(image),
        PixelType.UInt16 => Of<ushort>(image, (r, g, b) => (ushort)((19595u * r + 38470u * g + 7471u * b + 0x8000) >> 16)),
        _ => Of<float>(image, (r, g, b) => (19595 * r + 38470 * g + 7471 * b) / 65536),
    };

    private static DecodedImage OfBytes(DecodedImage image)
    {
        var rgb = image.Pixels.Span;
        byte[] gray = GC.AllocateUninitializedArray<byte>(image.Width * image.Height);
        for (int i = 0; i < gray.Length; i++)
            // Pillow's weights, which sum to 65536
            gray[i] = (byte)((19595 * rgb[3 * i] + 38470 * rgb[3 * i + 1] + 7471 * rgb[3 * i + 2] + 0x8000) >> 16);
        return new DecodedImage(gray, image.Width, image.Height, 1);
    }

    private static DecodedImage Of<T>(DecodedImage image, Func<T, T, T, T> weigh) where T : unmanaged
    {
        var rgb = image.Values<T>();
        var gray = new T[image.Width * image.Height];
        for (int i = 0; i < gray.Length; i++) gray[i] = weigh(rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]);
        return DecodedImage.Of<T>(gray, image.Width, image.Height, 1);
    }
}
