using SimClr.Datasets;
using SimClr.Images;

namespace SimClr.Encoders;

/// <summary>One decoded image as a data set.</summary>
/// <param name="name">Its name in error messages.</param>
/// <param name="image">Borrowed.</param>
internal sealed class SingleImage(string name, DecodedImage image) : IImageDataset
{
    public string Name => name;

    public int Count => 1;

    public int Channels => image.Channels;

    public IReadOnlyList<string> Classes => [];

    public int Label(int index) => -1;

    public string Describe(int index) => name;

    public DecodedImage Read(int index) => image;

    public DecodedImage Read(int index, DecodeBuffer buffer)
    {
        buffer.HasChosen = true; // its channels were chosen when it was decoded
        return image;
    }
}
