namespace SimClr.Datasets;

/// <summary>What systems leave in people's folders: thumbnails, bins, notes of their own. Nobody means it when they name their images.</summary>
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

    private static readonly HashSet<string> Files = new(StringComparer.OrdinalIgnoreCase) { "Thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "Icon\r" };

    /// <summary>What it is called; null for what a person may mean. A name that begins with a point is hidden, and so is what lies below it.</summary>
    public static string? KindOf(string name, bool isFolder) =>
        name.StartsWith("._", StringComparison.Ordinal) ? "file ._*"
        : name[0] == '.' ? isFolder ? "hidden folder" : "hidden file"
        : isFolder ? Folders.Contains(name) ? $"folder {name}" : null
        : Files.Contains(name) ? $"file {name.TrimEnd()}"
        : name.StartsWith("SYNOPHOTO_", AnyCase) || name.StartsWith("SYNOINDEX_", AnyCase) ? "file SYNO*" : null;
}
