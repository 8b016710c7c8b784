using SimClr.Datasets;
using SimClr.Images;

namespace SimClr.Cli.Benchmarks;

/// <summary>Built-in images, drawn in advance, cropped to their upper part and kept in memory.</summary>
internal sealed class CroppedImages : IImageDataset
{
    private readonly BuiltInImages drawn;
    private readonly int height;

    public CroppedImages(int count, int width, int height)
    {
        drawn = new BuiltInImages(DatasetPart.Train, count, width);
        this.height = height;
        Parallel.For(0, count, i => drawn.Read(i));
    }

    public string Name => drawn.Name;

    public int Count => drawn.Count;

    public IReadOnlyList<string> Classes => drawn.Classes;

    public int Label(int index) => drawn.Label(index);

    public string Describe(int index) => drawn.Describe(index);

    public DecodedImage Read(int index)
    {
        var image = drawn.Read(index);
        return new DecodedImage(image.Pixels[..(3 * image.Width * height)], image.Width, height);
    }
}
