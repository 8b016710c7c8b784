using System.Globalization;

namespace SimClr.Images;

/// <summary>
/// How an image becomes the input of the encoder, in training and afterwards: its values scaled to [0, 1], resized to S × S pixels,
/// normalised. Immutable.
/// </summary>
public sealed record Preprocessing
{
    /// <summary>Which pages and channels of the images are used. Default: the first page, all channels.</summary>
    public DecodeOptions Decoding { get; init; } = new();

    /// <summary>
    /// S, the side of the square in pixels, at least 8. 0 (the default) means 32 for images of up to 32 pixels, 64 for up to 96, and 224
    /// for larger ones.
    /// </summary>
    public int ImageSize { get; init; }

    /// <summary>The filter that resizes a crop. Default bilinear, torchvision's.</summary>
    public Interpolation Interpolation { get; init; } = Interpolation.Bilinear;

    /// <summary>
    /// The mean to subtract from R, G and B (or from each channel), on the scale of 0 to 1. Empty (the default): nothing, as in Google's
    /// code.
    /// </summary>
    public IReadOnlyList<double> Mean { get; init; } = [];

    /// <summary>The standard deviation to divide R, G and B (or each channel) by, above 0. Empty (the default): nothing.</summary>
    public IReadOnlyList<double> StandardDeviation { get; init; } = [];

    /// <summary>
    /// The values that become 0 and 1: low, then high. Values outside are clipped, and NaN becomes 0. Empty (the default): the range of the
    /// values' type, 0 to 255, 0 to 65535 or 0.0 to 1.0. A run on images of other types than uint8 finds one (<c>ValueRangeFinder</c>).
    /// </summary>
    public IReadOnlyList<double> ValueRange { get; init; } = [];

    /// <summary>
    /// The type of the values. Images of another type are refused if there is a <see cref="ValueRange"/>. Null (the default): any type. A
    /// run whose images are not uint8 sets it.
    /// </summary>
    public PixelType? ValueType { get; init; }

    /// <summary>Mean and standard deviation of ImageNet's training images, as for torchvision's weights.</summary>
    public static Preprocessing ImageNet { get; } = new() { Mean = [0.485, 0.456, 0.406], StandardDeviation = [0.229, 0.224, 0.225] };

    /// <summary>Mean and standard deviation as text.</summary>
    public string Normalization =>
        Mean.Count == 0 && StandardDeviation.Count == 0 ? "not normalised"
        : Mean.SequenceEqual(ImageNet.Mean) && StandardDeviation.SequenceEqual(ImageNet.StandardDeviation) ? "normalised as for ImageNet"
        : string.Create(CultureInfo.InvariantCulture, $"normalised by means {string.Join(", ", Mean)} and deviations " +
            $"{string.Join(", ", StandardDeviation)}");

    /// <summary>All settings as text, which ids of vectors are made of. Default values of newer settings are left out.</summary>
    public string Description => $"{ImageSize} {Interpolation}, {Normalization}" +
        (ValueRange.Count == 0 ? "" : $", values {RangeText}") +
        (Decoding.Pages == ImagePages.First ? "" : ", pages as channels") +
        (Decoding.Channels.Count == 0 ? "" : $", channels {string.Join(',', Decoding.Channels)}");

    /// <summary>This with the mean and standard deviation in a text.</summary>
    /// <param name="text">
    /// <c>none</c>, <c>imagenet</c>, <c>MEAN,STD</c> for all of R, G and B, or a mean per channel followed by a deviation per channel.
    /// </param>
    /// <returns>Null if the text has another form.</returns>
    public Preprocessing? NormalizedAs(string text)
    {
        if (text is "none") return this with { Mean = [], StandardDeviation = [] };
        if (text is "imagenet") return this with { Mean = ImageNet.Mean, StandardDeviation = ImageNet.StandardDeviation };
        var numbers = new List<double>();
        foreach (string part in text.Split(','))
        {
            if (!double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number))
                return null;
            numbers.Add(number);
        }
        if (numbers.Count == 2) numbers = [.. Enumerable.Repeat(numbers[0], 3), .. Enumerable.Repeat(numbers[1], 3)];
        int channels = numbers.Count / 2;
        return numbers.Count == 2 * channels && numbers.Skip(channels).All(deviation => deviation > 0)
            ? this with { Mean = [.. numbers.Take(channels)], StandardDeviation = [.. numbers.Skip(channels)] }
            : null;
    }

    /// <summary>This for images of C channels. A value that is equal for R, G and B is used for each channel.</summary>
    /// <param name="channels">C of the images.</param>
    /// <exception cref="InvalidDataException">The values are for another number of channels, or a deviation is not above 0.</exception>
    public Preprocessing ForChannels(int channels)
    {
        if (Mean.Count == 3 && channels != 3 && Mean.Distinct().Count() == 1 && StandardDeviation.Distinct().Count() == 1)
            return this with
            {
                Mean = [.. Enumerable.Repeat(Mean[0], channels)],
                StandardDeviation = [.. Enumerable.Repeat(StandardDeviation[0], channels)]
            };
        if ((Mean.Count > 0 && Mean.Count != channels) || (StandardDeviation.Count > 0 && StandardDeviation.Count != channels))
            throw new InvalidDataException($"A normalisation by {Mean.Count} means and {StandardDeviation.Count} deviations is " +
                $"not for images of {channels} channels.");
        return StandardDeviation.All(deviation => deviation > 0) ? this : throw new InvalidDataException($"A normalisation divides " +
            $"by deviations above 0, not by {string.Join(", ", StandardDeviation)}.");
    }

    /// <summary>
    /// This with every automatic value (null, 0 or Auto) resolved, for images whose longer side is <paramref name="largestSide"/> pixels.
    /// </summary>
    /// <param name="largestSide">The longer side of the images, in pixels.</param>
    public Preprocessing ForSides(int largestSide) => ImageSize > 0 ? this
        : this with { ImageSize = largestSide <= 32 ? 32 : largestSide <= 96 ? 64 : 224 };

    /// <summary>
    /// The part of an image that is encoded in evaluation: the middle square, or the whole image if it already has the size. Above 32
    /// pixels the square has 0.875 of the shorter side (224 of 256); otherwise all of it (Google's <c>data_util.py</c>).
    /// </summary>
    /// <param name="width">W of the image, in pixels.</param>
    /// <param name="height">H of the image, in pixels.</param>
    public CropBox CenterCrop(int width, int height)
    {
        int shorter = Math.Min(width, height);
        int side = ImageSize <= 32 || (width == ImageSize && height == ImageSize) ? shorter : Math.Max(1, (int)Math.Round(shorter * 0.875));
        return new CropBox((width - side) / 2, (height - side) / 2, side, side);
    }

    /// <summary>The values of a type that become 0 and 1.</summary>
    /// <param name="type">The type of an image's values.</param>
    /// <exception cref="InvalidDataException">
    /// <see cref="ValueRange"/> has values that the type has not, or is for another <see cref="ValueType"/>.
    /// </exception>
    public (double Low, double High) RangeOf(PixelType type)
    {
        double highest = type switch { PixelType.UInt8 => byte.MaxValue, PixelType.UInt16 => ushort.MaxValue, _ => 1 };
        if (ValueRange is not [var low, var high]) return (0, highest);
        if (ValueType is { } other && other != type)
            throw new InvalidDataException($"The value range {RangeText} (preprocessing.value-range) is for images of {Named(other)}, " +
                $"not of {Named(type)}.");
        return type == PixelType.Float32 || (low >= 0 && high <= highest) ? (low, high)
            : throw new InvalidDataException($"The value range {RangeText} (preprocessing.value-range) is not for images of " +
                $"{Named(type)}, whose values are 0 to {highest}.");
    }

    private static string Named(PixelType type) =>
        type switch { PixelType.UInt8 => "8 bits", PixelType.UInt16 => "16 bits", _ => "floats" };

    /// <summary>The value range as text: <c>100,4095</c>; empty for that of the type.</summary>
    internal string RangeText => string.Join(',', ValueRange.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range; the message names it.</exception>
    public void Validate() => Validate(Math.Max(Mean.Count, StandardDeviation.Count));

    /// <summary>Checks every value against its range.</summary>
    /// <param name="channels">C of the images. Mean and deviation must be empty or have this length.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range; the message names it.</exception>
    public void Validate(int channels)
    {
        Decoding.Validate();
        Range(ImageSize is 0 or >= 8, nameof(ImageSize), ImageSize, "be 0 (by the data) or at least 8");
        Range(ValueRange is [] || (ValueRange is [var low, var high] && double.IsFinite(high - low) && low < high), nameof(ValueRange),
            RangeText, "be LOW,HIGH: two finite numbers, the lower one first");
        Range(Mean.Count == 0 || Mean.Count == channels, nameof(Mean), Mean.Count, $"have 0 or {channels} numbers");
        Range(
            StandardDeviation.Count == 0 || (StandardDeviation.Count == channels && StandardDeviation.All(s => s > 0)),
            nameof(StandardDeviation), string.Join(',', StandardDeviation), $"have 0 or {channels} numbers above 0");
    }

    private static void Range(bool inside, string name, object? value, string what)
    {
        if (!inside) throw new ArgumentOutOfRangeException(name, value, $"{name} must {what}.");
    }
}
