namespace SimClr.Datasets;

/// <summary>
/// A column of a list that names the group of each image. The list is comma-separated (RFC 4180, UTF-8) and has a header. The image paths,
/// or their last folders and file name, are in the column <c>file</c> (as <c>simclr embed</c> writes it), else in the first other column.
/// The extension may be missing.
/// </summary>
/// <param name="File">The path of the list.</param>
/// <param name="Column">The name of the column, exactly as in the header.</param>
public sealed record GroupColumn(string File, string Column)
{
    /// <summary>Parses <c>FILE.csv:COLUMN</c> or <c>FILE.tsv:COLUMN</c>; null if the text has another form.</summary>
    /// <param name="text">The text of the option.</param>
    public static GroupColumn? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ImageTable.Parse(text) is var (file, column) ? new(file, column) : null;
    }

    /// <summary>
    /// Reads the list. An image that is missing in the list, or has an empty group, is a group of its own. The number of such images, and
    /// of names that match no image, is reported.
    /// </summary>
    /// <param name="data">The images.</param>
    /// <param name="messages">Receives both numbers.</param>
    /// <exception cref="InvalidDataException">
    /// The column does not exist, the list is damaged, an image is in two groups, or a name matches several images. The message names the
    /// line.
    /// </exception>
    /// <exception cref="FileNotFoundException">The list does not exist.</exception>
    /// <exception cref="IOException">The list cannot be read.</exception>
    public ImageGroups Read(IImageDataset data, IMessages messages)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(messages);
        string?[] groups = NamesIn(data, messages, isForThese: true);
        return ImageGroups.By(data, i => groups[i]);
    }

    /// <summary>The group of each image; null or empty for one without.</summary>
    /// <param name="data">The images.</param>
    /// <param name="messages">As for <see cref="Read"/>; null for a list that may name none of these images.</param>
    /// <param name="isForThese">Whether to report names that match no image.</param>
    internal string?[] NamesIn(IImageDataset data, IMessages? messages, bool isForThese)
    {
        if (!System.IO.File.Exists(File))
            throw new FileNotFoundException($"{File} does not exist; a list of groups and its column are FILE.csv:COLUMN.", File);
        var rows = ImageTable.Read(File, Column);
        var found = ImageNames.Find(data, rows.Select(row => row.Image));
        var (groups, lines) = (new string?[data.Count], new int[data.Count]);
        foreach (var (line, image, values) in rows)
        {
            string group = values[0];
            if (!found.TryGetValue(image, out int index)) continue;
            if (index < 0)
                throw new InvalidDataException($"{File}, line {line}: {data.Name} has several images {image}; write more of the path.");
            if (lines[index] > 0 && groups[index] != group)
                throw new InvalidDataException($"{File}, line {line}: {image} is in the group '{group}', and in '{groups[index]}' " +
                    $"on line {lines[index]}; an image is in one group.");
            (groups[index], lines[index]) = (group, line);
        }
        if (messages is null) return groups;

        int strange = rows.Count(row => !found.ContainsKey(row.Image)), alone = groups.Count(string.IsNullOrEmpty);
        if (strange == rows.Count)
            throw new InvalidDataException(
                $"{File} names no image of {data.Name}: its first name is {rows[0].Image}, and the first image {data.Describe(0)}.");
        if (strange > 0 && isForThese)
            messages.Warn($"{File} names {strange} images that {data.Name} does not have, the first on " +
                $"line {rows.First(row => !found.ContainsKey(row.Image)).Line}; they are ignored.");
        if (alone > 0)
            messages.Note($"{alone} of {data.Count} images of {data.Name} have no {Column} in {File}, the " +
                $"first {data.Describe(Array.FindIndex(groups, string.IsNullOrEmpty))}: each is its own group.");
        return groups;
    }
}
