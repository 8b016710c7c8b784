using SimClr.Datasets;
using SimClr.Images;

namespace SimClr.Cli.Benchmarks;

/// <summary>Built-in images, drawn in advance, cropped to their upper part and kept in memory.</summary>
internal sealed class CroppedImages : WrappedDataset
{
    private readonly int height;

    public CroppedImages(int count, int width, int height) : base(new BuiltInImages(DatasetPart.Train, count, width))
    {
        this.height = height;
        Parallel.For(0, count, i => Source.Read(i));
    }

    public override DecodedImage Read(int index, DecodeBuffer buffer)
    {
        var image = Source.Read(index);
        return new DecodedImage(image.Pixels[..(3 * image.Width * height)], image.Width, height);
    }
}
