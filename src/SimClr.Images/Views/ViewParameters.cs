using SimClr.Images;

namespace SimClr.Views;

/// <summary>
/// All random decisions about one view, as plain numbers. A renderer needs only these and the image. The properties are in the order in
/// which they are applied.
/// </summary>
public readonly record struct ViewParameters
{
    /// <summary>The part of the image that becomes the view, in pixels; inside the image.</summary>
    public required CropBox Crop { get; init; }

    /// <summary>Whether the view is mirrored left to right.</summary>
    public bool Flip { get; init; }

    /// <summary>Whether the view is mirrored top to bottom.</summary>
    public bool VerticalFlip { get; init; }

    /// <summary>The number of counter-clockwise quarter turns after the flips, in [0, 3]: <c>np.rot90(view, k)</c>.</summary>
    public int QuarterTurns { get; init; }

    /// <summary>Colour jitter, or null for none. Unless images have three channels, only brightness and contrast are used.</summary>
    public ColorJitter? Jitter { get; init; }

    /// <summary>
    /// Whether all three channels become the gray value 0.2989 R + 0.587 G + 0.114 B. Ignored for other numbers of channels.
    /// </summary>
    public bool Grayscale { get; init; }

    /// <summary>σ of the Gaussian blur in pixels of the view; 0 for none.</summary>
    public float BlurSigma { get; init; }

    /// <summary>Whether values at or above the policy's threshold are inverted (x → 1 − x).</summary>
    public bool Solarize { get; init; }
}
