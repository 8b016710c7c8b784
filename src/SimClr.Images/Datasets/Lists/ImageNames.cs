using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>Finds images by the names in a list: the path, or its last folders and file name; with or without the extension.</summary>
internal static class ImageNames
{
    /// <summary>The index of each image that is named; −1 if several images match. Names without a match are not in the result.</summary>
    /// <param name="data">The images; <see cref="IImageDataset.Describe"/> gives their paths.</param>
    /// <param name="names">The names as written in the list; line breaks may be escaped (<see cref="Printable"/>).</param>
    public static Dictionary<string, int> Find(IImageDataset data, IEnumerable<string> names) =>
        Find(Enumerable.Range(0, data.Count).Select(data.Describe), names);

    /// <summary>As for a data set.</summary>
    /// <param name="paths">The paths of the images, in their order.</param>
    /// <param name="names">As for a data set.</param>
    public static Dictionary<string, int> Find(IEnumerable<string> paths, IEnumerable<string> names)
    {
        var asPrinted = names.Distinct(StringComparer.Ordinal)
            .ToLookup(name => Printable.Of(PortablePath.Of(name)), StringComparer.Ordinal);
        var printed = asPrinted.Select(name => name.Key).ToHashSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        var (whole, bare) = (new Dictionary<string, int>(StringComparer.Ordinal), new Dictionary<string, int>(StringComparer.Ordinal));
        foreach (var (i, described) in paths.Index())
        {
            string path = Printable.Of(PortablePath.Combine(Environment.CurrentDirectory, described));
            int stem = path.Length - Path.GetExtension(path.AsSpan()).Length;
            for (int at = 0; at >= 0; at = path.IndexOf('/', at) is var slash and >= 0 ? slash + 1 : -1)
            {
                Note(whole, path.AsSpan(at), i);
                if (stem < path.Length && at < stem) Note(bare, path.AsSpan(at..stem), i);
            }
        }
        foreach (var (name, i) in bare) whole.TryAdd(name, i); // a whole name comes first: 1.png is 1.png, not 1.png.jpg
        return whole;

        void Note(Dictionary<string, int> found, ReadOnlySpan<char> end, int i)
        {
            if (!printed.TryGetValue(end, out string? name)) return;
            foreach (string asked in asPrinted[name]) found[asked] = found.TryGetValue(asked, out int other) && other != i ? -1 : i;
        }
    }
}
