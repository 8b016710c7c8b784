namespace SimClr.IO;

/// <summary>Paths without links in them, so that two can be compared.</summary>
public static class RealPath
{
    /// <summary>The whole path, its links followed as far as it exists.</summary>
    public static string Of(string path)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(path) is not { } parent) return path;
        string whole = Path.Combine(Of(parent), Path.GetFileName(path));
        var link = Path.Exists(whole) ? new FileInfo(whole).ResolveLinkTarget(returnFinalTarget: true) : null;
        return link is null ? whole : Of(link.FullName);
    }
}
