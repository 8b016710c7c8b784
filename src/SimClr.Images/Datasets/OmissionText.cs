using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SimClr.Datasets;

/// <summary>Omissions at the end of a shard's index: one line each, with fields separated by tabs. No field contains a tab.</summary>
internal static class OmissionText
{
    private const int Longest = 1 << 20;

    /// <summary>Encodes omissions as UTF-8.</summary>
    public static byte[] Of(IReadOnlyList<Omission> omissions) => Encoding.UTF8.GetBytes(string.Concat(omissions.Select(o =>
        string.Create(CultureInfo.InvariantCulture, $"{o.Count}\t{(o.IsExpected ? 1 : 0)}\t{o.What}\t{o.Reason}\t{o.Example}\n"))));

    /// <summary>Reads omissions from an offset to the end of a file; null if <see cref="Of"/> did not write them.</summary>
    public static IReadOnlyList<Omission>? Read(SafeFileHandle file, long from, long end)
    {
        if (from == end) return [];
        if (end - from > Longest) return null;
        byte[] text = new byte[end - from];
        if (RandomAccess.Read(file, text, from) < text.Length) return null;
        var omissions = Encoding.UTF8.GetString(text).TrimEnd('\n').Split('\n').Select(Parse).ToList();
        return omissions.Contains(null) ? null : [.. omissions.OfType<Omission>()];
    }

    private static Omission? Parse(string line) =>
        line.Split('\t') is [var count, var expected, var what, var reason, var example]
            && long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? new Omission(what, number, reason, example, expected == "1")
            : null;
}
