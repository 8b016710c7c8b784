using System.Globalization;

namespace SimClr.Images;

/// <summary>What is taken from R, G and B (each channel), on the scale of 0 to 1, before an image is encoded, and what they are divided by.</summary>
public sealed record Normalization(IReadOnlyList<double> Mean, IReadOnlyList<double> StandardDeviation)
{
    private static readonly Normalization None = new([], []);

    /// <summary>Of the images of ImageNet's training part: what torchvision's weights were trained with.</summary>
    private static readonly Normalization ImageNet = new([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);

    /// <summary><c>none</c>, <c>imagenet</c>, <c>MEAN,STD</c> for all three of R, G and B, or a mean for each channel and then as many deviations; null for anything else.</summary>
    public static Normalization? Parse(string text)
    {
        if (text is "none") return None;
        if (text is "imagenet") return ImageNet;
        var numbers = new List<double>();
        foreach (string part in text.Split(','))
        {
            if (!double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number)) return null;
            numbers.Add(number);
        }
        if (numbers.Count == 2) numbers = [.. Enumerable.Repeat(numbers[0], 3), .. Enumerable.Repeat(numbers[1], 3)];
        int channels = numbers.Count / 2;
        return numbers.Count == 2 * channels && numbers.Skip(channels).All(deviation => deviation > 0) ? new([.. numbers.Take(channels)], [.. numbers.Skip(channels)]) : null;
    }

    /// <summary>For images of so many channels: what is the same for R, G and B is the same for each of them.</summary>
    /// <exception cref="InvalidDataException">It is for images of another number of channels, or a deviation is not above 0.</exception>
    public Normalization For(int channels)
    {
        if (Mean.Count == 3 && channels != 3 && Mean.Distinct().Count() == 1 && StandardDeviation.Distinct().Count() == 1)
            return new([.. Enumerable.Repeat(Mean[0], channels)], [.. Enumerable.Repeat(StandardDeviation[0], channels)]);
        if ((Mean.Count > 0 && Mean.Count != channels) || (StandardDeviation.Count > 0 && StandardDeviation.Count != channels))
            throw new InvalidDataException($"A normalisation by {Mean.Count} means and {StandardDeviation.Count} deviations is not for images of {channels} channels.");
        return StandardDeviation.All(deviation => deviation > 0) ? this : throw new InvalidDataException($"A normalisation divides by deviations above 0, not by {string.Join(", ", StandardDeviation)}.");
    }

    /// <summary>The normalisation in words.</summary>
    public override string ToString() =>
        Mean.Count == 0 && StandardDeviation.Count == 0 ? "not normalised"
        : this == ImageNet || (Mean.SequenceEqual(ImageNet.Mean) && StandardDeviation.SequenceEqual(ImageNet.StandardDeviation)) ? "normalised as for ImageNet"
        : string.Create(CultureInfo.InvariantCulture, $"normalised by means {string.Join(", ", Mean)} and deviations {string.Join(", ", StandardDeviation)}");
}
