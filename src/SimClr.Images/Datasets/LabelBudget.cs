using System.Globalization;

namespace SimClr.Datasets;

/// <summary>How many labels may be used: a share of each class, or a number of images of each class.</summary>
/// <param name="Share">Of each class, in (0, 1]; at least one image of it. 0 where <paramref name="PerClass"/> says it.</param>
/// <param name="PerClass">Images of each class, or all where it has fewer. 0 where <paramref name="Share"/> says it.</param>
public sealed record LabelBudget(double Share, int PerClass)
{
    /// <summary>All labels.</summary>
    public static LabelBudget All { get; } = new(1, 0);

    /// <summary>Reads <c>1%</c>, <c>10%</c>, <c>100%</c>, or a number of images per class such as <c>25</c>; null for anything else.</summary>
    public static LabelBudget? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.EndsWith('%'))
            return double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent) && percent is > 0 and <= 100 ? new(percent / 100, 0) : null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int each) && each > 0 ? new(0, each) : null;
    }

    /// <summary>Images taken of a class that has <paramref name="count"/>.</summary>
    public int Of(int count) => PerClass > 0 ? Math.Min(PerClass, count) : Math.Clamp((int)Math.Round(Share * count), Math.Min(1, count), count);

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public override string ToString() => PerClass > 0 ? PerClass.ToString(CultureInfo.InvariantCulture) : (100 * Share).ToString("0.####", CultureInfo.InvariantCulture) + "%";
}
