using SimClr.Images;

namespace SimClr.Views;

/// <summary>
/// Small crops of every image beside its two views: multi-crop (SwAV, Caron et al. 2020, §3.2; not in SimCLR). They are further anchors
/// that cost little, because they have few pixels. Apart from their area they are drawn like the views.
/// </summary>
public sealed record SmallCropOptions
{
    /// <summary>n, the small crops per image, in [0, 16]. Default 0.</summary>
    public int Count { get; init; }

    /// <summary>
    /// s, their side in pixels, in [8, 1024]. 0 (the default) means SwAV's ratio, 96 for 224, rounded to a multiple of 8: 16 for 32.
    /// </summary>
    public int ImageSize { get; init; }

    /// <summary>Smallest area as a share of the image's, in (0, 1]. Default 0.05 (SwAV).</summary>
    public double MinScale { get; init; } = 0.05;

    /// <summary>
    /// Largest area as a share of the image's, in [<see cref="MinScale"/>, 1]. Default 0.14 (SwAV, whose views begin there).
    /// </summary>
    public double MaxScale { get; init; } = 0.14;

    /// <summary>
    /// These options with every automatic value (null, 0 or Auto) resolved, beside views of <paramref name="imageSize"/> ×
    /// <paramref name="imageSize"/> pixels.
    /// </summary>
    /// <param name="imageSize">The side of the views, in pixels.</param>
    public SmallCropOptions For(int imageSize) => ImageSize > 0 ? this
        : this with { ImageSize = Math.Max(8, (int)Math.Round(imageSize * 3 / 56.0) * 8) };

    /// <summary>The distribution of the small crops: the colours and blur of <paramref name="views"/>, with their own areas.</summary>
    /// <param name="views">The distribution of the views.</param>
    public ViewPolicy Policy(ViewPolicy views) =>
        (views ?? throw new ArgumentNullException(nameof(views))) with { MinScale = MinScale, MaxScale = MaxScale };

    /// <summary>The preprocessing of the small crops: that of <paramref name="views"/>, with their own side.</summary>
    /// <param name="views">The preprocessing of the views.</param>
    public Preprocessing Preprocessing(Preprocessing views) =>
        (views ?? throw new ArgumentNullException(nameof(views))) with { ImageSize = ImageSize };

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range; the message names it.</exception>
    public void Validate()
    {
        if (Count is < 0 or > 16) throw new ArgumentOutOfRangeException(nameof(Count), Count, "There are 0 to 16 small crops of an image.");
        if (ImageSize is not 0 and (< 8 or > 1024)) throw new ArgumentOutOfRangeException(
            nameof(ImageSize), ImageSize, "The size of the small crops must be 0 (by the views') or lie in [8, 1024].");
        if (!(MinScale > 0 && MinScale <= MaxScale && MaxScale <= 1))
            throw new ArgumentOutOfRangeException(nameof(MinScale), MinScale, $"The small crops' areas must lie in (0, 1], the " +
                $"least not above the greatest, which is {MaxScale}.");
    }
}
