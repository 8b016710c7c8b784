using System.Globalization;

namespace SimClr.Datasets;

/// <summary>The number of labels that may be used: a share of each class, or a number of images per class.</summary>
/// <param name="Share">The share of each class, in (0, 1]; at least one image. 0 if <paramref name="PerClass"/> is set.</param>
/// <param name="PerClass">Images per class; a smaller class gives all of its images. 0 if <paramref name="Share"/> is set.</param>
public sealed record LabelBudget(double Share, int PerClass)
{
    /// <summary>All labels.</summary>
    public static LabelBudget All { get; } = new(1, 0);

    /// <summary>
    /// Parses <c>1%</c>, <c>10%</c>, <c>100%</c>, or a number of images per class such as <c>25</c>; null for anything else.
    /// </summary>
    /// <param name="text">The text of the option.</param>
    public static LabelBudget? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.EndsWith('%'))
            return double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent)
                && percent is > 0 and <= 100 ? new(percent / 100, 0) : null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int each) && each > 0 ? new(0, each) : null;
    }

    /// <summary>The number of images taken from a class of <paramref name="count"/>.</summary>
    /// <param name="count">The images of the class.</param>
    public int Of(int count) =>
        PerClass > 0 ? Math.Min(PerClass, count) : Math.Clamp((int)Math.Round(Share * count), Math.Min(1, count), count);

    /// <summary>The text that <see cref="Parse"/> reads.</summary>
    public override string ToString() => PerClass > 0 ? PerClass.ToString(CultureInfo.InvariantCulture)
        : (100 * Share).ToString("0.####", CultureInfo.InvariantCulture) + "%";
}
