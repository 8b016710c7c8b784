namespace SimClr.Views;

/// <summary>
/// The distribution of views: the paper's random resized crop, flip, colour jitter, grayscale and Gaussian blur, in this order (SimCLR, §3
/// and Appendix A). Vertical flip and rotation follow the flip, solarising follows the blur; they are off by default and not in SimCLR.
/// Immutable; thread-safe.
/// </summary>
/// <remarks>
/// Departures from Google's code: the crop guarantees no minimal share of an annotated object (there are no annotations). σ of the blur is
/// drawn per view, as in the paper, not per batch.
/// </remarks>
public sealed partial record ViewPolicy
{
    /// <summary>Smallest area of the crop as a share of the image's, in (0, 1]. Default 0.08 (Appendix A).</summary>
    public double MinScale { get; init; } = 0.08;

    /// <summary>Largest area of the crop as a share of the image's, in [<see cref="MinScale"/>, 1]. Default 1.</summary>
    public double MaxScale { get; init; } = 1;

    /// <summary>
    /// Largest aspect ratio of the crop, at least 1; the smallest is its inverse. Log-uniform between them. Default 4/3 (Appendix A).
    /// </summary>
    public double MaxAspect { get; init; } = 4.0 / 3;

    /// <summary>Probability of mirroring, in [0, 1]. Default 0.5.</summary>
    public double FlipProbability { get; init; } = 0.5;

    /// <summary>
    /// Probability of mirroring top to bottom, in [0, 1] (not in SimCLR). Default 0; use 0.5 for images without an up: satellite images,
    /// microscopy.
    /// </summary>
    public double VerticalFlipProbability { get; init; }

    /// <summary>
    /// Probability of a rotation by 90°, 180° or 270°, each equally likely, in [0, 1] (not in SimCLR). Default 0. For images without an up,
    /// 0.75 makes all four orientations equally likely.
    /// </summary>
    public double RotateProbability { get; init; }

    /// <summary>Probability of colour jitter, in [0, 1]. Default 0.8.</summary>
    public double JitterProbability { get; init; } = 0.8;

    /// <summary>
    /// The paper's s, at least 0: factors are in [max(0, 1 − 0.8 s), 1 + 0.8 s] and the hue shift is in ±0.2 s (Appendix A). Null (the
    /// default) means 0.5 for views of up to 32 pixels (B.9) and 1 for larger ones.
    /// </summary>
    public double? ColorStrength { get; init; }

    /// <summary>The mean that contrast is changed around. Default the gray mean, torchvision's.</summary>
    public ContrastMean ContrastMean { get; init; } = ContrastMean.Gray;

    /// <summary>Probability of removing colour, in [0, 1]. Default 0.2.</summary>
    public double GrayscaleProbability { get; init; } = 0.2;

    /// <summary>
    /// Probability of blurring, in [0, 1]. Null (the default) means 0 for views of up to 32 pixels (B.9) and 0.5 for larger ones (Appendix
    /// A).
    /// </summary>
    public double? BlurProbability { get; init; }

    /// <summary>Smallest σ of the blur in pixels, above 0. Default 0.1.</summary>
    public double MinSigma { get; init; } = 0.1;

    /// <summary>Largest σ of the blur in pixels. Default 2.</summary>
    public double MaxSigma { get; init; } = 2;

    /// <summary>The padding of the blur at the border. Default reflection, torchvision's.</summary>
    public BlurPadding BlurPadding { get; init; } = BlurPadding.Reflect;

    /// <summary>Probability of solarising, in [0, 1] (not in SimCLR; BYOL's 0.2). Default 0.</summary>
    public double SolarizeProbability { get; init; }

    /// <summary>The threshold of solarising, in [0, 1]: values at or above it are inverted. Default 0.5.</summary>
    public double SolarizeThreshold { get; init; } = 0.5;

    /// <summary>
    /// This policy with every automatic value (null, 0 or Auto) resolved, for views of <paramref name="imageSize"/> ×
    /// <paramref name="imageSize"/> pixels.
    /// </summary>
    /// <param name="imageSize">The side of the views, in pixels.</param>
    public ViewPolicy For(int imageSize) => this with
    {
        ColorStrength = StrengthAt(imageSize),
        BlurProbability = BlurAt(imageSize),
    };

    private double StrengthAt(int imageSize) => ColorStrength ?? (imageSize <= 32 ? 0.5 : 1);

    private double BlurAt(int imageSize) => BlurProbability ?? (imageSize <= 32 ? 0 : 0.5);

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range; the message names it.</exception>
    public void Validate()
    {
        Range(MinScale > 0 && MinScale <= 1, nameof(MinScale), MinScale, "(0, 1]");
        Range(MaxScale >= MinScale && MaxScale <= 1, nameof(MaxScale), MaxScale, $"[{MinScale}, 1]");
        Range(MaxAspect is >= 1 and <= 100, nameof(MaxAspect), MaxAspect, "[1, 100]");
        Probability(FlipProbability, nameof(FlipProbability));
        Probability(VerticalFlipProbability, nameof(VerticalFlipProbability));
        Probability(RotateProbability, nameof(RotateProbability));
        Probability(JitterProbability, nameof(JitterProbability));
        Range(ColorStrength is null or (>= 0 and <= 2.5), nameof(ColorStrength), ColorStrength, "[0, 2.5]");
        Probability(GrayscaleProbability, nameof(GrayscaleProbability));
        Probability(BlurProbability ?? 0, nameof(BlurProbability));
        Range(MinSigma is > 0 and <= 100, nameof(MinSigma), MinSigma, "(0, 100]");
        Range(MaxSigma >= MinSigma && MaxSigma <= 100, nameof(MaxSigma), MaxSigma, $"[{MinSigma}, 100]");
        Probability(SolarizeProbability, nameof(SolarizeProbability));
        Range(SolarizeThreshold is >= 0 and <= 1, nameof(SolarizeThreshold), SolarizeThreshold, "[0, 1]");
    }

    private static void Probability(double value, string name) => Range(value is >= 0 and <= 1, name, value, "[0, 1]");

    private static void Range(bool inside, string name, object? value, string range)
    {
        if (!inside) throw new ArgumentOutOfRangeException(name, value, $"{name} must lie in {range}.");
    }
}
