using System.Runtime.Intrinsics;

namespace SimClr.Views;

/// <summary>
/// Applies <see cref="ViewParameters"/> to a decoded image: crop and resize, flip, jitter, grayscale, blur, solarise,
/// normalise. Keeps scratch memory and allocates nothing once warm; not thread-safe: one renderer per thread.
/// </summary>
/// <param name="policy">Filter, contrast mean, padding, threshold and normalisation; the probabilities are of no concern here.</param>
/// <param name="imageSize">S, the side of the views, at least 8; fastest in multiples of 16.</param>
public sealed class CpuViewRenderer(ViewPolicy policy, int imageSize)
{
    private readonly IViewPipeline pipeline =
        Vector512.IsHardwareAccelerated ? new ViewPipeline<Floats16>(policy, imageSize)
        : Vector256.IsHardwareAccelerated ? new ViewPipeline<Floats8>(policy, imageSize)
        : new ViewPipeline<Floats4>(policy, imageSize);

    /// <summary>Renders one view.</summary>
    /// <param name="image">The decoded image; borrowed.</param>
    /// <param name="view">What to do with it.</param>
    /// <param name="destination">(3, S, S) float32, written: planes R, G, B with values in [0, 1], before normalisation.</param>
    /// <exception cref="ArgumentException">The crop leaves the image, the image's bytes do not fit its size, or the destination has another length.</exception>
    public void Render(RgbImage image, in ViewParameters view, Span<float> destination)
    {
        image.Checked();
        var crop = view.Crop;
        if (crop.Left < 0 || crop.Top < 0 || crop.Width < 1 || crop.Height < 1 || crop.Left + crop.Width > image.Width || crop.Top + crop.Height > image.Height)
            throw new ArgumentException($"{crop} leaves the image of {image.Width} × {image.Height} pixels.", nameof(view));
        if (destination.Length != 3 * imageSize * imageSize)
            throw new ArgumentException($"A view of {imageSize} pixels a side takes {3 * imageSize * imageSize} floats, not {destination.Length}.", nameof(destination));

        pipeline.Render(image, view, destination);
    }
}
