namespace SimClr.Datasets;

/// <summary>Neighbouring files of a tar with the same key: a record, or part of one.</summary>
/// <param name="key">The path up to the first point of the file name.</param>
/// <param name="name">The name of the first file.</param>
/// <param name="entry">The offset of its entry, in bytes.</param>
internal sealed class ShardGroup(string key, string name, long entry)
{
    public string Key => key;

    public string Name => name;

    public long Entry => entry;

    /// <summary>The names' parts after their first point, in lower case.</summary>
    public List<string> Extensions { get; } = [];

    /// <summary>The image, without its label; null if there is none.</summary>
    public ShardRecord? Image { get; set; }

    public string? ImageExtension { get; set; }

    /// <summary>The label; −1 if there is none.</summary>
    public int Label { get; set; } = -1;

    /// <summary>Whether an image or label of this group is already counted as unreadable.</summary>
    public bool IsCounted { get; set; }

    /// <summary>The image with its label.</summary>
    public ShardRecord Record => Image!.Value with { Label = Label };
}
