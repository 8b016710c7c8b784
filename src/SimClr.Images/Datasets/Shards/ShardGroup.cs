namespace SimClr.Datasets;

/// <summary>Neighbours in a tar with one key: a record, or a part of one.</summary>
/// <param name="key">The path up to the first point of the name.</param>
/// <param name="name">The first file's name.</param>
/// <param name="entry">Where its entry begins, in bytes.</param>
internal sealed class ShardGroup(string key, string name, long entry)
{
    public string Key => key;

    public string Name => name;

    public long Entry => entry;

    /// <summary>What follows the first point of the names, in lower case.</summary>
    public List<string> Extensions { get; } = [];

    /// <summary>The image, without its label; null where there is none.</summary>
    public ShardRecord? Image { get; set; }

    public string? ImageExtension { get; set; }

    /// <summary>−1 where there is none.</summary>
    public int Label { get; set; } = -1;

    /// <summary>Whether it has an image or label that is counted already among what cannot be read.</summary>
    public bool IsCounted { get; set; }

    /// <summary>The image with its label.</summary>
    public ShardRecord Record => Image!.Value with { Label = Label };
}
