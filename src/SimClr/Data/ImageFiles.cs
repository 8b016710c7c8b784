namespace SimClr.Data;

/// <summary>Lists image files below a folder.</summary>
internal static class ImageFiles
{
    /// <summary>The paths of all image files below a folder, relative to it, in ordinal order.</summary>
    public static List<string> Below(string root)
    {
        var images = Walk(root, "", []).ToList();
        images.Sort(StringComparer.Ordinal);
        return images;
    }

    /// <summary>Whether there is an image file below a folder.</summary>
    public static bool Any(string root) => Walk(root, "", []).Any();

    /// <summary>Whether there is an image file in the folder itself.</summary>
    public static bool AnyDirectlyIn(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles().Any(IsImage);

    /// <summary>The folders directly in a folder whose names do not begin with a point, in ordinal order.</summary>
    public static List<string> FoldersIn(string folder) =>
        [.. Directory.EnumerateDirectories(folder).Where(path => Path.GetFileName(path)[0] != '.').Order(StringComparer.Ordinal)];

    // `seen` holds the folders' real paths: each folder is walked once, so loops of links end.
    private static IEnumerable<string> Walk(string folder, string relative, HashSet<string> seen)
    {
        if (!seen.Add(RealPath(folder))) yield break;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles())
        {
            if (IsImage(file)) yield return Path.Combine(relative, file.Name);
        }

        foreach (var child in FoldersIn(folder))
        {
            foreach (var image in Walk(child, Path.Combine(relative, Path.GetFileName(child)), seen)) yield return image;
        }
    }

    private static bool IsImage(FileInfo file) =>
        file.Name[0] != '.' && ImageDecoder.Extensions.Contains(file.Extension, StringComparer.OrdinalIgnoreCase);

    private static string RealPath(string path)
    {
        path = Path.GetFullPath(path);
        var real = Path.GetPathRoot(path)!;
        foreach (var name in path[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            real = Path.Combine(real, name);
            if (Directory.ResolveLinkTarget(real, returnFinalTarget: true) is { } target) real = RealPath(target.FullName);
        }

        return real;
    }
}
