using SimClr.Images;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>Lists the image files below a folder, and counts everything else. Links are followed; each folder is visited once.</summary>
internal sealed class ImageFiles
{
    private readonly string root;
    private readonly PathPattern? only;
    private readonly OmissionCounter omitted = new();
    private readonly HashSet<UInt128> seen = [];
    private int unread;

    private ImageFiles(string root, PathPattern? only) => (this.root, this.only) = (root, only);

    /// <summary>Paths relative to the root, with <c>/</c>, in ordinal order.</summary>
    public List<string> Images { get; private init; } = [];

    /// <summary>What is not used.</summary>
    public IReadOnlyList<Omission> Omissions => omitted.ToList();

    /// <summary>All image files below a folder.</summary>
    /// <param name="root">The folder that paths are relative to.</param>
    /// <param name="folder">The folder below it to list; empty for the root.</param>
    /// <param name="only">The files that are wanted, by their paths below the root; null for all. Other files are not counted.</param>
    /// <exception cref="UnauthorizedAccessException">
    /// The folder itself is not readable. A folder below it is skipped and counted.
    /// </exception>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    public static ImageFiles Below(string root, string folder = "", PathPattern? only = null)
    {
        var files = new ImageFiles(root, only);
        files.Images.AddRange(files.Walk(folder, depth: 0));
        files.Images.Sort(StringComparer.Ordinal);
        return files;
    }

    /// <summary>Whether any image file is below a folder.</summary>
    /// <param name="root">The folder that <paramref name="folder"/> is relative to.</param>
    /// <param name="folder">A folder below it, which may be one that is normally skipped; or empty.</param>
    /// <param name="only">As for <see cref="Below"/>.</param>
    public static bool Any(string root, string folder = "", PathPattern? only = null) =>
        new ImageFiles(root, only).Walk(folder, folder.Length == 0 ? 0 : 1).Any();

    /// <summary>
    /// The image files and the folders directly in a folder, in ordinal order of their names. Everything else is counted.
    /// </summary>
    public static (ImageFiles Files, List<string> Folders) In(string root, string folder, PathPattern? only = null)
    {
        var files = new ImageFiles(root, only);
        files.Sort(HostFiles.Current.EntriesOf(Path.Combine(root, folder)), folder, files.Images, out var folders);
        return (files, folders);
    }

    private IEnumerable<string> Walk(string folder, int depth)
    {
        string path = PortablePath.Combine(root, folder);
        if (List(path, depth) is not { } entries || !IsNew(path)) yield break;
        if (depth > 0 && ProgramOutput.KindOf([.. entries.Select(entry => entry.Name)]) is { } own)
        {
            omitted.Add(own, "simclr wrote it", path, isExpected: true);
            yield break;
        }

        var images = new List<string>();
        Sort(entries, folder, images, out var folders);
        if (depth > 0 && PartName.Of(Path.GetFileName(folder)) is { IsPlain: true })
        {
            // The first folder directly contains images, so this name may be a class.
            omitted.Add("name of a part", "there is no other part beside it, so it is read as a class or as a folder of one; parts " +
                "are called train and test, side by side", path, isExpected: depth == 1 && images.Count > 0);
        }
        foreach (string image in images) yield return PortablePath.Combine(folder, image);
        // A folder comes before a link to it, and gives its images their class.
        foreach (string child in folders.OrderBy(child => new DirectoryInfo(PortablePath.Combine(path, child)).LinkTarget is not null))
        {
            var (before, any) = (unread, false);
            foreach (string image in Walk(PortablePath.Combine(folder, child), depth + 1))
            {
                any = true;
                yield return image;
            }
            if (depth == 0 && !any && unread > before)
                omitted.Add("folder", "none of its images has a supported format, so it is not a class", PortablePath.Combine(path, child));
        }
    }

    // A folder and a link to it count once. File systems without inode numbers give 0.
    private bool IsNew(string path) =>
        HostFiles.Current.StatusOf(path).Identity is var identity && ((ulong)identity == 0 || seen.Add(identity));

    private List<FolderEntry>? List(string path, int depth)
    {
        try
        {
            return HostFiles.Current.EntriesOf(path);
        }
        catch (UnauthorizedAccessException) when (depth > 0)
        {
            omitted.Add("folder", "it cannot be listed; change its permissions, or move it elsewhere", path);
            return null;
        }
    }

    private void Sort(List<FolderEntry> entries, string folder, List<string> images, out List<string> folders)
    {
        folders = [];
        foreach (var entry in entries)
        {
            string Path() => PortablePath.Combine(root, folder, entry.Name);
            bool isFolder = entry.Kind == EntryKind.Folder;
            if (!isFolder && only?.Matches(PortablePath.Combine(folder, entry.Name)) == false) continue;
            if (SystemFiles.KindOf(entry.Name, isFolder) is { } left)
                omitted.Add(left, "a system left it there, or it is hidden", Path(), isExpected: true);
            else if (!isFolder && !IsImage(entry.Name)) AddOther(Path());
            else if (!entry.IsUtf8)
                omitted.Add("name", "it is not UTF-8, and no .NET program can open it; rename it, for example with convmv", Path());
            else if (isFolder) folders.Add(entry.Name);
            else if (RegularFile.Refusal(entry.Kind) is { } what) omitted.Add(Extension(entry.Name), $"it is {what}, not a file", Path());
            else if (entry.Kind == EntryKind.Missing) omitted.Add(Extension(entry.Name), "it is a link to nothing", Path());
            else images.Add(entry.Name);
        }
        folders.Sort(StringComparer.Ordinal);
    }

    private void AddOther(string path)
    {
        if (!UnsupportedFormats.Contains(Path.GetExtension(path)))
        {
            omitted.AddOther(path);
            return;
        }
        omitted.Add(Extension(path), "this image format is not read; convert such files to PNG or JPEG", path);
        unread++;
    }

    private static string Extension(string path) => Path.GetExtension(path).ToLowerInvariant();

    private static bool IsImage(string name) => ImageDecoder.Extensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);
}
