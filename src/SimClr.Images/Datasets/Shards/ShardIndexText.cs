using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SimClr.Datasets;

/// <summary>The text at the end of a shard's index: a line for each omission and each folder, with fields separated by tabs.</summary>
/// <param name="Omissions">What is not used. No field contains a tab.</param>
/// <param name="Folders">As <see cref="ShardContents.Folders"/>.</param>
internal sealed record ShardIndexText(IReadOnlyList<Omission> Omissions, IReadOnlyList<string> Folders)
{
    private const int Longest = 1 << 26;
    private const string Folder = "folder";

    /// <summary>Encodes it as UTF-8.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes(string.Concat(
        Omissions.Select(o => string.Create(
            CultureInfo.InvariantCulture, $"{o.Count}\t{(o.IsExpected ? 1 : 0)}\t{o.What}\t{o.Reason}\t{o.Example}\n"))
        .Concat(Folders.Select(folder => $"{Folder}\t{folder}\n"))));

    /// <summary>Reads it from an offset to the end of a file; null if <see cref="ToBytes"/> did not write it.</summary>
    public static ShardIndexText? Read(SafeFileHandle file, long from, long end)
    {
        if (from == end) return new([], []);
        if (end - from > Longest) return null;
        byte[] text = new byte[end - from];
        if (RandomAccess.Read(file, text, from) < text.Length) return null;
        var (omissions, folders) = (new List<Omission>(), new List<string>());
        foreach (string line in Encoding.UTF8.GetString(text).TrimEnd('\n').Split('\n'))
        {
            if (line.Split('\t') is [Folder, var folder]) folders.Add(folder);
            else if (Parse(line) is { } omission) omissions.Add(omission);
            else return null;
        }
        return new(omissions, folders);
    }

    private static Omission? Parse(string line) =>
        line.Split('\t') is [var count, var expected, var what, var reason, var example]
            && long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? new Omission(what, number, reason, example, expected == "1")
            : null;
}
