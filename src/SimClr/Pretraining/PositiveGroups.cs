using SimClr.Datasets;

namespace SimClr.Pretraining;

/// <summary>Finds the groups for a run's positive pairs, by <see cref="PretrainOptions.Positives"/>.</summary>
public static class PositiveGroups
{
    /// <summary>Finds the groups of a data set.</summary>
    /// <param name="options">The options of the run.</param>
    /// <param name="data">
    /// The images of the run. <see cref="PositivesKind.Folder"/> and <see cref="PositivesKind.Column"/> read only their names.
    /// </param>
    /// <param name="column">The list for <see cref="PositivesKind.Column"/>; null for any other kind.</param>
    /// <param name="own">Makes the groups of <see cref="PositivesKind.Custom"/>; null for any other kind.</param>
    /// <param name="messages">Receives notes about images without a group. Default: none.</param>
    /// <returns>Null if both views show the same image.</returns>
    /// <exception cref="ConfigurationException">Something that the kind needs is missing, or something else is given.</exception>
    /// <exception cref="InvalidDataException">
    /// All images are one group, or each image is its own group; or the list is damaged; or the caller's groups are of other images.
    /// </exception>
    /// <exception cref="IOException">The list cannot be read.</exception>
    public static ImageGroups? Of(
        PretrainOptions options, IImageDataset data, GroupColumn? column = null, Func<IImageDataset, ImageGroups>? own = null,
        IMessages? messages = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(data);
        var kind = options.Positives;
        if (kind == PositivesKind.Column != column is not null)
            throw new ConfigurationException(column is null
                ? "positives is column, but no list is named. Use --positives FILE.csv:COLUMN."
                : $"A list of groups is named ({column.File}), but positives is {Name(kind)}. It must be column.");
        if (kind == PositivesKind.Custom != own is not null)
            throw new ConfigurationException(own is null
                ? "positives is custom, so the program that starts the run must supply the groups " +
                    "(PretrainRunOptions.Groups)."
                : $"Groups are given (PretrainRunOptions.Groups), but positives is {Name(kind)}. It must be custom.");
        var groups = kind switch
        {
            PositivesKind.Folder => ImageGroups.ByFolder(data),
            PositivesKind.Column => column!.Read(data, messages ?? IMessages.None),
            PositivesKind.List => ImageGroups.By(data, data.Group),
            PositivesKind.Custom => own!(data),
            _ => null,
        };
        if (groups is not null && groups.ImageCount != data.Count)
            throw new InvalidDataException($"The groups are for {groups.ImageCount} images, but {data.Name} has {data.Count}.");
        if (groups?.Count == 1)
            throw new InvalidDataException($"All {data.Count} images of {data.Name} are one group ({groups.Name(0)}), so that none " +
                $"has a negative: positives need at least two groups.");
        if (kind == PositivesKind.List && Enumerable.Range(0, data.Count).All(i => string.IsNullOrEmpty(data.Group(i))))
            throw new InvalidDataException($"{data.Name} names no groups. With positives list they are the third field of a line " +
                $"of the list (path, class, group, with tabs between), or the second column of a table (@FILE.csv:CLASS,GROUP).");
        return groups?.Summary.Largest == 1
            ? throw new InvalidDataException($"Each of the {data.Count} images of {data.Name} is a group of its own, so that no " +
                $"pair has two images: positives need larger groups, or must be views.")
            : groups;
    }

    private static string Name(PositivesKind kind) => kind.ToString().ToLowerInvariant();
}
