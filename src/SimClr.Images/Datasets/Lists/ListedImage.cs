using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>An image file that a list names.</summary>
/// <param name="Path">The absolute path, with <c>/</c>.</param>
/// <param name="Class">The class; null without one.</param>
/// <param name="Group">The group; null without one.</param>
internal sealed record ListedImage(string Path, string? Class, string? Group = null)
{
    /// <summary>The file of a name, and what it is.</summary>
    /// <param name="folder">The folder that a relative name begins at.</param>
    /// <param name="name">The name; no control characters.</param>
    public static (string Path, EntryKind Kind) Find(string folder, string name)
    {
        string path = PortablePath.Of(System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, name)));
        var kind = HostFiles.Current.StatusOf(path).Kind;
        return (path, kind == EntryKind.Missing || !Directory.Exists(path) ? kind : EntryKind.Folder);
    }
}
