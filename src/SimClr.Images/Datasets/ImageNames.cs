using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>Finds images by the names in a list: the path, or its last folders and file name.</summary>
internal static class ImageNames
{
    /// <summary>The index of each image that is named; −1 if several images match. Names without a match are not in the result.</summary>
    /// <param name="data">The images; <see cref="IImageDataset.Describe"/> gives their paths.</param>
    /// <param name="names">The names as written in the list; line breaks may be escaped (<see cref="Printable"/>).</param>
    public static Dictionary<string, int> Find(IImageDataset data, IEnumerable<string> names)
    {
        var wanted = names.ToHashSet(StringComparer.Ordinal);
        var asPrinted = wanted.ToLookup(name => Printable.Of(PortablePath.Of(name)), StringComparer.Ordinal);
        var printed = asPrinted.Select(name => name.Key).ToHashSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        var found = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < data.Count; i++)
        {
            string path = Printable.Of(PortablePath.Combine(Environment.CurrentDirectory, data.Describe(i)));
            for (int at = 0; at >= 0; at = path.IndexOf('/', at) is var slash and >= 0 ? slash + 1 : -1)
            {
                if (!printed.TryGetValue(path.AsSpan(at), out string? name)) continue;
                foreach (string asked in asPrinted[name]) found[asked] = found.TryGetValue(asked, out int other) && other != i ? -1 : i;
            }
        }
        return found;
    }
}
