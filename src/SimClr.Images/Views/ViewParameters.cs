using SimClr.Images;

namespace SimClr.Views;

/// <summary>
/// Everything that chance decided about one view, as plain numbers: what a renderer needs beside the image. Applied in
/// the order of the properties.
/// </summary>
public readonly record struct ViewParameters
{
    /// <summary>The part of the image that becomes the view, in pixels; inside the image.</summary>
    public required CropBox Crop { get; init; }

    /// <summary>Whether the view is mirrored left to right.</summary>
    public bool Flip { get; init; }

    /// <summary>Whether the view is mirrored top to bottom.</summary>
    public bool VerticalFlip { get; init; }

    /// <summary>By how many quarter turns the flipped view is rotated counter-clockwise, in [0, 3]: <c>np.rot90(view, k)</c>.</summary>
    public int QuarterTurns { get; init; }

    /// <summary>Colour jitter, or null for none. Images of another number of channels than three know brightness and contrast alone.</summary>
    public ColorJitter? Jitter { get; init; }

    /// <summary>Whether all three channels become the gray value 0.2989 R + 0.587 G + 0.114 B; of no meaning for another number.</summary>
    public bool Grayscale { get; init; }

    /// <summary>σ of the Gaussian blur in pixels of the view; 0 for none.</summary>
    public float BlurSigma { get; init; }

    /// <summary>Whether values from the policy's threshold upwards are inverted (x → 1 − x).</summary>
    public bool Solarize { get; init; }
}
