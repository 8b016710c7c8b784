using System.Globalization;

namespace SimClr.IO;

/// <summary>Formats shares as per cent.</summary>
public static class Percent
{
    /// <summary>A share in [0, 1] in per cent, without the sign: 0.8225 becomes <c>82.25</c>.</summary>
    /// <param name="share">The share.</param>
    /// <param name="decimals">Digits after the point.</param>
    public static string Of(double share, int decimals = 2) => (100 * share).ToString($"f{decimals}", CultureInfo.InvariantCulture);

    /// <summary>A share in [0, 1] in per cent, with the sign: 0.3 becomes <c>30 %</c>.</summary>
    /// <param name="share">The share.</param>
    /// <param name="decimals">Digits after the point.</param>
    public static string WithSign(double share, int decimals = 0) => share.ToString($"p{decimals}", CultureInfo.InvariantCulture);
}
