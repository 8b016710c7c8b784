using System.Globalization;

namespace SimClr.IO;

/// <summary>Numbers of bytes as people write them: 256MB, 1.5 GB. One kB is 1,000 bytes.</summary>
public static class ByteSize
{
    private static readonly (string Unit, double Bytes)[] Units = [("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1)];

    /// <summary>Formats a size for people: <c>1.5 GB</c>.</summary>
    /// <param name="bytes">The size, in bytes.</param>
    public static string Show(double bytes)
    {
        var (unit, size) = bytes >= 1e12 ? Units[3] : bytes >= 1e9 ? Units[2] : bytes >= 1e6 ? Units[1] : Units[0];
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / size:f1} {unit}");
    }

    /// <summary>Parses a number of bytes. Null if the text is no size.</summary>
    /// <param name="text">A number of bytes, or one of kB, MB, GB or TB: 500 MB.</param>
    public static long? Parse(string text)
    {
        var (unit, size) = Array.Find(Units, u => text.EndsWith(u.Unit, StringComparison.OrdinalIgnoreCase));
        string number = unit is null ? text : text[..^unit.Length];
        return double.TryParse(number, NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture,
            out double value) && value * Math.Max(1, size) is >= 1 and < 1e18
            ? (long)(value * Math.Max(1, size))
            : null;
    }
}
