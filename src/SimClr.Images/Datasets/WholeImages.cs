using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>Reads the images of any data set, and checks what a program's own may get wrong.</summary>
internal static class WholeImages
{
    /// <summary>Reads an image as <see cref="IImageDataset.Read(int, DecodeBuffer)"/> does.</summary>
    /// <exception cref="InvalidDataException">
    /// The image is damaged, its bytes do not fit its size, or it has other channels than the data set. The message names it.
    /// </exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static DecodedImage ReadWhole(this IImageDataset images, int index, DecodeBuffer? buffer = null)
    {
        var image = buffer is null ? images.Read(index) : images.Read(index, buffer);
        try
        {
            return ChannelCount.Require(image.Checked(), images, index);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{images.Describe(index)}: {e.Message}", e);
        }
    }
}
