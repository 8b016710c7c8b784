using System.Globalization;

namespace SimClr.IO;

/// <summary>Shares as people read them.</summary>
public static class Percent
{
    /// <summary>A share in [0, 1] in per cent, without the sign: 0.8225 is <c>82.25</c>.</summary>
    /// <param name="share">The share.</param>
    /// <param name="decimals">How many digits follow the point.</param>
    public static string Of(double share, int decimals = 2) => (100 * share).ToString($"f{decimals}", CultureInfo.InvariantCulture);

    /// <summary>The same with the sign, for a line of text: 0.3 is <c>30 %</c>.</summary>
    /// <param name="share">The share.</param>
    /// <param name="decimals">How many digits follow the point.</param>
    public static string WithSign(double share, int decimals = 0) => share.ToString($"p{decimals}", CultureInfo.InvariantCulture);
}
