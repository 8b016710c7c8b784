using System.Runtime.Intrinsics;
using SimClr.Images;

namespace SimClr.Views;

/// <summary>
/// Applies <see cref="ViewParameters"/> to a decoded image: crop and resize, flip, jitter, grayscale, blur, solarise, normalise. It keeps
/// scratch memory and allocates nothing after the first views. Not thread-safe: one renderer per thread.
/// </summary>
/// <param name="policy">The contrast mean, the padding of the blur and the threshold of solarising. The probabilities are not used.</param>
/// <param name="preprocessing">The filter, the normalisation and S. Multiples of 16 are fastest.</param>
/// <param name="channels">
/// C of the images. Unless it is three, saturation, hue and grayscale are left out, because they mix R, G and B.
/// </param>
public sealed class CpuViewRenderer(ViewPolicy policy, Preprocessing preprocessing, int channels = 3)
{
    private readonly int imageSize = preprocessing.ImageSize;
    private readonly IViewPipeline pipeline = channels == 3 ? Rgb(policy, preprocessing)
        : new BandPipeline(policy, preprocessing, channels, Rgb);

    /// <summary>A renderer without random augmentations, for encoding.</summary>
    /// <param name="preprocessing">The filter, the normalisation and S.</param>
    /// <param name="channels">C of the images.</param>
    public CpuViewRenderer(Preprocessing preprocessing, int channels = 3) : this(new ViewPolicy(), preprocessing, channels)
    {
    }

    /// <summary>
    /// Renders the input of an encoder in evaluation: the middle square (<see cref="Preprocessing.CenterCrop"/>), with unchanged colours.
    /// </summary>
    /// <param name="image">The decoded image, values of any type; borrowed.</param>
    /// <param name="destination">As for <see cref="Render(DecodedImage, in ViewParameters, Span{float})"/>.</param>
    /// <exception cref="ArgumentException">As for <see cref="Render(DecodedImage, in ViewParameters, Span{float})"/>.</exception>
    public void Render(DecodedImage image, Span<float> destination) =>
        Render(image, new ViewParameters { Crop = preprocessing.CenterCrop(image.Width, image.Height) }, destination);

    /// <summary>Renders one view.</summary>
    /// <param name="image">The decoded image, values of any type; borrowed.</param>
    /// <param name="view">The random decisions.</param>
    /// <param name="destination">
    /// (C, S, S) float32; receives the planes R, G, B, or the bands. Values are in [0, 1] before normalisation.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The crop is outside the image, the bytes do not fit the image's size, the image has another number of channels, or the destination
    /// has another length.
    /// </exception>
    /// <exception cref="InvalidDataException">The value range is not for values of the image's type.</exception>
    public void Render(DecodedImage image, in ViewParameters view, Span<float> destination)
    {
        if (image.Checked().Channels != channels)
            throw new ArgumentException($"The image has {image.Channels} channels instead of {channels}.", nameof(image));
        var crop = view.Crop;
        if (crop.Left < 0 || crop.Top < 0
            || crop.Width < 1 || crop.Height < 1 || crop.Left + crop.Width > image.Width || crop.Top + crop.Height > image.Height)
            throw new ArgumentException($"{crop} leaves the image of {image.Width} × {image.Height} pixels.", nameof(view));
        if (destination.Length != channels * imageSize * imageSize)
            throw new ArgumentException($"A view of {imageSize} pixels a side takes {channels * imageSize * imageSize} floats, " +
                $"not {destination.Length}.", nameof(destination));

        pipeline.Render(image, view, destination);
    }

    private static IViewPipeline Rgb(ViewPolicy policy, Preprocessing preprocessing) =>
        Vector512.IsHardwareAccelerated ? new ViewPipeline<Floats16>(policy, preprocessing)
        : Vector256.IsHardwareAccelerated ? new ViewPipeline<Floats8>(policy, preprocessing)
        : new ViewPipeline<Floats4>(policy, preprocessing);
}
