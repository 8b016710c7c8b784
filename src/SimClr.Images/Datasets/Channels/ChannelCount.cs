using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>The channels of image files: those of the first one that can be read, which the others must have too.</summary>
/// <param name="count">The number of images.</param>
/// <param name="channelsOf">The channels of an image; it may throw as <see cref="IImageDataset.Read(int)"/> does.</param>
internal sealed class ChannelCount(int count, Func<int, int> channelsOf)
{
    private const int Tried = 16, Usual = 3;

    private int value;

    /// <summary>C. At first use, an image is opened; 3 if none can be.</summary>
    public int Value => value > 0 ? value : value = First();

    /// <summary>Refuses an image with another number of channels.</summary>
    /// <param name="image">The image.</param>
    /// <param name="images">Its data set.</param>
    /// <param name="index">Its index there.</param>
    /// <returns>The image.</returns>
    /// <exception cref="InvalidDataException">It has another number of channels.</exception>
    public static DecodedImage Require(DecodedImage image, IImageDataset images, int index) =>
        image.Channels == images.Channels ? image
            : throw new InvalidDataException($"{images.Describe(index)} has {image.Channels} channels, but the images " +
                $"of {images.Name} have {images.Channels}.");

    /// <summary>Refuses such an image, unless its buffer's options choose among its channels: whoever chose counts what is left.</summary>
    /// <inheritdoc cref="Require(DecodedImage, IImageDataset, int)"/>
    public static DecodedImage Require(DecodedImage image, DecodeBuffer buffer, IImageDataset images, int index) =>
        buffer.Options is null ? Require(image, images, index) : image;

    private int First()
    {
        for (int index = 0; index < Math.Min(count, Tried); index++)
        {
            try
            {
                return channelsOf(index);
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                // Whoever reads this image says what is wrong with it.
            }
        }
        return Usual;
    }
}
