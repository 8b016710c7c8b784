using System.Runtime.Intrinsics;
using SimClr.Images;

namespace SimClr.Views;

/// <summary>
/// Applies <see cref="ViewParameters"/> to a decoded image: crop and resize, flip, jitter, grayscale, blur, solarise,
/// normalise. Keeps scratch memory and allocates nothing once warm; not thread-safe: one renderer per thread.
/// </summary>
/// <param name="policy">Filter, contrast mean, padding, threshold and normalisation; the probabilities are of no concern here.</param>
/// <param name="imageSize">S, the side of the views, at least 8; fastest in multiples of 16.</param>
/// <param name="channels">C of the images. With another number than three, saturation, hue and grayscale are left out, as they mix R, G and B.</param>
public sealed class CpuViewRenderer(ViewPolicy policy, int imageSize, int channels = 3)
{
    private readonly IViewPipeline pipeline = channels == 3 ? Rgb(policy, imageSize) : new BandPipeline(policy, imageSize, channels, Rgb);

    /// <summary>Renders one view.</summary>
    /// <param name="image">The decoded image; borrowed.</param>
    /// <param name="view">What to do with it.</param>
    /// <param name="destination">(C, S, S) float32, written: planes R, G, B, or bands, with values in [0, 1], before normalisation.</param>
    /// <exception cref="ArgumentException">The crop leaves the image, the image's bytes do not fit its size, it has another number of channels, or the destination has another length.</exception>
    public void Render(DecodedImage image, in ViewParameters view, Span<float> destination)
    {
        if (image.Checked().Channels != channels)
            throw new ArgumentException($"The image has {image.Channels} channels instead of {channels}.", nameof(image));
        var crop = view.Crop;
        if (crop.Left < 0 || crop.Top < 0 || crop.Width < 1 || crop.Height < 1 || crop.Left + crop.Width > image.Width || crop.Top + crop.Height > image.Height)
            throw new ArgumentException($"{crop} leaves the image of {image.Width} × {image.Height} pixels.", nameof(view));
        if (destination.Length != channels * imageSize * imageSize)
            throw new ArgumentException($"A view of {imageSize} pixels a side takes {channels * imageSize * imageSize} floats, not {destination.Length}.", nameof(destination));

        pipeline.Render(image, view, destination);
    }

    private static IViewPipeline Rgb(ViewPolicy policy, int imageSize) =>
        Vector512.IsHardwareAccelerated ? new ViewPipeline<Floats16>(policy, imageSize)
        : Vector256.IsHardwareAccelerated ? new ViewPipeline<Floats8>(policy, imageSize)
        : new ViewPipeline<Floats4>(policy, imageSize);
}
