namespace SimClr.Images;

/// <summary>
/// The resampling filter of the crop. It is antialiased: when the crop shrinks, the filter is stretched by the scale, as in Pillow and in
/// torchvision with <c>antialias=True</c>.
/// </summary>
public enum Interpolation
{
    /// <summary>The triangle filter: torchvision's default.</summary>
    Bilinear,

    /// <summary>Keys' cubic filter with a = −½, clipped to [0, 1]: Google's choice (without antialiasing there).</summary>
    Bicubic,
}
