using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// Files as paths that can be compared: links to folders are resolved. Links to single files stay, because to ask for each image would take
/// long on a network's disk.
/// </summary>
internal static class RealFiles
{
    /// <summary>The files of a data set, in their order.</summary>
    /// <param name="images">Images that are files.</param>
    public static IEnumerable<string> Of(IImageDataset images)
    {
        var real = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < images.Count; i++)
        {
            string file = images.Describe(i), folder = Path.GetDirectoryName(file) ?? "";
            if (!real.TryGetValue(folder, out string? found)) real[folder] = found = Folder(folder);
            yield return Path.Combine(found, Path.GetFileName(file));
        }
    }

    /// <summary>A single file.</summary>
    public static string Of(string file) => Path.Combine(Folder(Path.GetDirectoryName(file) ?? ""), Path.GetFileName(file));

    private static string Folder(string folder) => RealPath.Of(Path.Combine(".", folder));
}
