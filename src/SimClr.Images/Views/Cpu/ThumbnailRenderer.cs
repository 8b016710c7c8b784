using SimClr.Images;

namespace SimClr.Views;

/// <summary>Square thumbnails of images. One thread at a time.</summary>
/// <param name="side">The side of a thumbnail in pixels, at least 1.</param>
/// <param name="prepared">Its value range says which values become black and white. Null: the range of the values' type.</param>
public sealed class ThumbnailRenderer(int side, Preprocessing? prepared = null)
{
    private readonly Preprocessing preprocessing = new() { ImageSize = side };
    private readonly CpuViewRenderer renderer = new(new Preprocessing { ImageSize = side });

    /// <summary>Resizes the largest middle square.</summary>
    /// <param name="image">Borrowed.</param>
    /// <returns>(side, side, 3).</returns>
    public DecodedImage Square(DecodedImage image)
    {
        int shorter = Math.Min(image.Width, image.Height);
        return Render(
            image, new ViewParameters { Crop = new CropBox((image.Width - shorter) / 2, (image.Height - shorter) / 2, shorter, shorter) });
    }

    /// <summary>Resizes the part that an encoder sees in evaluation (<see cref="Preprocessing.CenterCrop"/>).</summary>
    /// <param name="image">Borrowed.</param>
    /// <returns>(side, side, 3).</returns>
    public DecodedImage Center(DecodedImage image) =>
        Render(image, new ViewParameters { Crop = preprocessing.CenterCrop(image.Width, image.Height) });

    private DecodedImage Render(DecodedImage image, ViewParameters view) => ViewPicture.Render(renderer, image.ToRgb(prepared), view, side);
}
