using SimClr.Images;

namespace SimClr.Views;

/// <summary>
/// Small crops of every image beside its two views, multi-crop (SwAV, Caron et al. 2020, §3.2; not in SimCLR): further anchors that cost little, as
/// they have few pixels. They are drawn like the views but for their area.
/// </summary>
public sealed record SmallCropOptions
{
    /// <summary>n, small crops of an image, in [0, 16]. Default 0.</summary>
    public int Count { get; init; }

    /// <summary>s, their side in pixels, in [8, 1024]; 0 (the default) takes SwAV's ratio, 96 for 224, as the nearest multiple of 8: 16 for 32.</summary>
    public int ImageSize { get; init; }

    /// <summary>Least area as a share of the image's, in (0, 1]. Default 0.05 (SwAV).</summary>
    public double MinScale { get; init; } = 0.05;

    /// <summary>Greatest area as a share of the image's, in [<see cref="MinScale"/>, 1]. Default 0.14 (SwAV, whose views begin there).</summary>
    public double MaxScale { get; init; } = 0.14;

    /// <summary>These options with every automatic value (null, 0 or Auto) decided, beside views of <paramref name="imageSize"/> pixels a side.</summary>
    public SmallCropOptions For(int imageSize) => ImageSize > 0 ? this : this with { ImageSize = Math.Max(8, (int)Math.Round(imageSize * 3 / 56.0) * 8) };

    /// <summary>What they are drawn from, beside views drawn from <paramref name="views"/>: the same colours and blur.</summary>
    public ViewPolicy Policy(ViewPolicy views) => (views ?? throw new ArgumentNullException(nameof(views))) with { MinScale = MinScale, MaxScale = MaxScale };

    /// <summary>How they are resized and normalised, beside views as <paramref name="views"/> says: alike, to their own side.</summary>
    public Preprocessing Preprocessing(Preprocessing views) => (views ?? throw new ArgumentNullException(nameof(views))) with { ImageSize = ImageSize };

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside; the message names it.</exception>
    public void Validate()
    {
        if (Count is < 0 or > 16) throw new ArgumentOutOfRangeException(nameof(Count), Count, "There are 0 to 16 small crops of an image.");
        if (ImageSize is not 0 and (< 8 or > 1024)) throw new ArgumentOutOfRangeException(nameof(ImageSize), ImageSize, "The size of the small crops must be 0 (by the views') or lie in [8, 1024].");
        if (!(MinScale > 0 && MinScale <= MaxScale && MaxScale <= 1))
            throw new ArgumentOutOfRangeException(nameof(MinScale), MinScale, $"The small crops' areas must lie in (0, 1], the least not above the greatest, which is {MaxScale}.");
    }
}
