namespace SimClr.Datasets;

/// <summary>Files that operating systems leave in folders: thumbnails, recycle bins, metadata. They are never part of a data set.</summary>
internal static class SystemFiles
{
    private const StringComparison AnyCase = StringComparison.OrdinalIgnoreCase;

    private static readonly HashSet<string> Folders = new(StringComparer.OrdinalIgnoreCase)
    {
        "@eaDir", "#recycle", "#snapshot", "@Recycle", "@Recently-Snapshot", // Synology, QNAP
        "__MACOSX", "Network Trash Folder", "Temporary Items", // macOS
        "$RECYCLE.BIN", "System Volume Information", "FOUND.000", // Windows
        "lost+found", // Linux
    };

    private static readonly HashSet<string> Files =
        new(StringComparer.OrdinalIgnoreCase) { "Thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "Icon\r" };

    /// <summary>
    /// The kind of a system file; null for a user's own file. A name that begins with a point is hidden, and so is everything below it.
    /// </summary>
    public static string? KindOf(string name, bool isFolder) =>
        name.StartsWith("._", StringComparison.Ordinal) ? "file ._*"
        : name[0] == '.' ? isFolder ? "hidden folder" : "hidden file"
        : isFolder ? Folders.Contains(name) ? $"folder {name}" : null
        : Files.Contains(name) ? $"file {name.TrimEnd()}"
        : name.StartsWith("SYNOPHOTO_", AnyCase) || name.StartsWith("SYNOINDEX_", AnyCase) ? "file SYNO*" : null;
}
