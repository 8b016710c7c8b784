using SimClr.Datasets;
using SimClr.Images;
using SimClr.Views;

namespace SimClr.Cli.Drawing;

/// <summary>Small pictures of images.</summary>
internal static class Thumbnail
{
    /// <summary>The middle squares of some images, <paramref name="side"/> pixels wide, made one by one as they are asked for.</summary>
    public static IEnumerable<DecodedImage> Of(IImageDataset data, IEnumerable<int> indices, int side)
    {
        var preprocessing = new Preprocessing { ImageSize = side };
        var renderer = new CpuViewRenderer(preprocessing);
        foreach (int index in indices)
        {
            var image = data.Read(index).ToRgb();
            yield return Picture.Of(renderer, image, new ViewParameters { Crop = preprocessing.CenterCrop(image.Width, image.Height) }, side);
        }
    }
}
