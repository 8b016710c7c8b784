using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>Images as an encoder takes them: decoded as those of its training, with as many channels.</summary>
public static class EncoderImages
{
    /// <summary>A data set with the channels that an encoder takes: unchanged, with chosen channels, or converted to gray.</summary>
    /// <param name="images">Borrowed for as long as the result is used.</param>
    /// <param name="channels">C, the channels of the encoder.</param>
    /// <param name="decoding">Which pages and channels are kept. Null: the first page, all channels.</param>
    /// <exception cref="InvalidDataException">The images have another number of channels.</exception>
    public static IImageDataset For(IImageDataset images, int channels, DecodeOptions? decoding = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (decoding is not null) images = ChosenChannels.Of(images, decoding);
        if (images.Channels == channels) return images;
        return images.Channels == 3 && channels == 1 ? new GrayDataset(images) : throw Other(images.Name, images.Channels, channels);
    }

    /// <summary>An image with the number of channels that an encoder takes: unchanged, or converted to gray.</summary>
    /// <param name="image">Borrowed for as long as the result is used.</param>
    /// <param name="channels">C, the channels of the encoder.</param>
    /// <param name="name">Its name in the message.</param>
    /// <exception cref="InvalidDataException">The image has another number of channels.</exception>
    public static DecodedImage For(DecodedImage image, int channels, string name) =>
        image.Channels == channels ? image
        : image.Channels == 3 && channels == 1 ? GrayDataset.Gray(image)
        : throw Other(name, image.Channels, channels);

    private static InvalidDataException Other(string name, int has, int takes) =>
        new($"The images of {name} have {has} channels, and the encoder takes {takes} (encoder.channels).");
}
