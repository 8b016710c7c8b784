namespace SimClr.IO;

/// <summary>Resolves the links of paths, so that two paths can be compared.</summary>
public static class RealPath
{
    /// <summary>The absolute path, with links resolved as far as the path exists.</summary>
    /// <param name="path">A path; it need not exist.</param>
    public static string Of(string path)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(path) is not { } parent) return path;
        string whole = Path.Combine(Of(parent), Path.GetFileName(path));
        var link = Path.Exists(whole) ? new FileInfo(whole).ResolveLinkTarget(returnFinalTarget: true) : null;
        return link is null ? whole : Of(link.FullName);
    }
}
