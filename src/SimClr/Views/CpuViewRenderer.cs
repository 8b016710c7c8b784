namespace SimClr.Views;

/// <summary>
/// Applies <see cref="ViewParameters"/> to a decoded image: crop and resize, flip, jitter, grayscale, blur, solarise,
/// normalise. Keeps scratch memory and allocates nothing once warm; not thread-safe: one renderer per thread.
/// </summary>
/// <param name="policy">Filter, contrast mean, padding, threshold and normalisation; the probabilities are of no concern here.</param>
/// <param name="imageSize">S, the side of the views, at least 8.</param>
public sealed class CpuViewRenderer(ViewPolicy policy, int imageSize)
{
    private readonly Resampler resampler = new();
    private readonly GaussianBlur blur = new();

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

        resampler.Resize(image.Pixels.Span, image.Width, crop, view.Flip, policy.Interpolation, destination, imageSize);
        if (policy.Interpolation == Interpolation.Bicubic) ColorOperations.Clip(destination);
        if (view.Jitter is { } jitter) Jitter(destination, jitter);
        if (view.Grayscale) ColorOperations.Grayscale(destination);
        if (view.BlurSigma > 0) blur.Apply(destination, imageSize, imageSize, GaussianBlur.KernelSize(imageSize), view.BlurSigma, policy.BlurPadding);
        if (view.Solarize) ColorOperations.Solarize(destination, (float)policy.SolarizeThreshold);
        Normalize(destination);
    }

    private void Jitter(Span<float> planes, ColorJitter jitter)
    {
        for (int position = 0; position < 4; position++)
        {
            switch (jitter.Operation(position))
            {
                case 0: ColorOperations.Brightness(planes, jitter.Brightness); break;
                case 1: ColorOperations.Contrast(planes, jitter.Contrast, policy.ContrastMean); break;
                case 2: ColorOperations.Saturation(planes, jitter.Saturation); break;
                default: ColorOperations.Hue(planes, jitter.Hue); break;
            }
        }
    }

    private void Normalize(Span<float> planes)
    {
        if (policy.Mean.Count == 0 && policy.StandardDeviation.Count == 0) return;
        int n = planes.Length / 3;
        for (int c = 0; c < 3; c++)
        {
            float mean = policy.Mean.Count == 0 ? 0 : (float)policy.Mean[c];
            float scale = policy.StandardDeviation.Count == 0 ? 1 : (float)(1 / policy.StandardDeviation[c]);
            var plane = planes.Slice(c * n, n);
            for (int i = 0; i < n; i++) plane[i] = (plane[i] - mean) * scale;
        }
    }
}
