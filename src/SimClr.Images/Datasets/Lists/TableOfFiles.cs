using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>Reads a table of image files, with the class of each in a column, and perhaps the group in another one.</summary>
internal static class TableOfFiles
{
    /// <inheritdoc cref="ListedImagesDataset.Open(string, string, string?)"/>
    public static (List<ListedImage> Images, IReadOnlyList<Omission> Omissions) Read(string table, string column, string? groupColumn)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(table))!;
        var rows = ImageTable.Read(table, groupColumn is null ? [column] : [column, groupColumn]);
        var paths = Paths(table, folder, rows);
        var omitted = new OmissionCounter(isOrdered: true);
        var images = new Dictionary<string, (int Line, ListedImage Image)>(StringComparer.Ordinal);
        foreach (var (line, image, values) in rows)
        {
            if (!paths.TryGetValue(image, out string? path))
            {
                omitted.Add("row", $"no image below {folder} has its name", $"line {line}, '{image}'");
                continue;
            }
            if (path is null)
                throw Wrong(table, line, $"several images below {folder} are {image}; write more of the path, or put the table into " +
                    $"the folder that is meant");
            var listed = new ListedImage(path, NullIfEmpty(values[0]), NullIfEmpty(values.ElementAtOrDefault(1)));
            if (images.TryAdd(path, (line, listed)) || images[path].Image == listed) continue;
            var (before, other) = images[path];
            var (what, here, there) = other.Class != listed.Class
                ? ("class", listed.Class, other.Class) : ("group", listed.Group, other.Group);
            throw Wrong(table, line, $"{image} has the {what} '{here}', and on line {before} '{there}'; an image has one {what}");
        }
        if (images.Count == 0)
            throw new InvalidDataException($"{table} names no image below {folder}: its first name is '{rows[0].Image}'.");
        return ([.. images.Values.Select(row => row.Image)], omitted.ToList());
    }

    // The file of each name; null if several files may be meant. Files below the folder are listed only if a name alone is not a path.
    private static Dictionary<string, string?> Paths(string table, string folder, List<ImageTable.Row> rows)
    {
        var paths = new Dictionary<string, string?>(StringComparer.Ordinal);
        var others = new List<string>();
        foreach (var (line, image, values) in rows)
        {
            if (values.Append(image).Any(text => text.Any(char.IsControl))) throw Wrong(table, line, "it has control characters");
            var (path, kind) = ListedImage.Find(folder, image);
            if (RegularFile.Refusal(kind) is { } what) throw Wrong(table, line, $"{path} is {what}, not a file");
            if (kind is EntryKind.Missing or EntryKind.Folder) others.Add(image);
            else paths[image] = path;
        }
        if (others.Count == 0) return paths;
        string[] below = [.. ImageFiles.Below(folder).Images.Select(image => PortablePath.Combine(PortablePath.Of(folder), image))];
        foreach (var (name, index) in ImageNames.Find(below, others)) paths[name] = index < 0 ? null : below[index];
        return paths;
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static InvalidDataException Wrong(string table, int line, string what) => new($"{table}, line {line}: {what}.");
}
