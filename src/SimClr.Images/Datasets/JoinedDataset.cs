namespace SimClr.Datasets;

/// <summary>Several parts of a data set in sequence, under one name. All parts have the same classes.</summary>
/// <remarks>Safe to read from several threads at once.</remarks>
public sealed class JoinedDataset : WrappedDataset
{
    private readonly IImageDataset[] parts;
    private readonly int[] ends; // the end of each part, among all images

    /// <summary>Joins parts.</summary>
    /// <param name="name">The name of the whole, for people.</param>
    /// <param name="parts">At least one, in their order; borrowed for as long as this object is used.</param>
    /// <exception cref="ArgumentException">There is no part.</exception>
    /// <exception cref="InvalidDataException">Two parts have different classes or channels.</exception>
    public JoinedDataset(string name, params IReadOnlyList<IImageDataset> parts)
        : base(parts.Count > 0 ? parts[0] : throw new ArgumentException("A joined data set needs at least one part.", nameof(parts)))
    {
        foreach (var part in parts)
        {
            if (part.Channels != parts[0].Channels)
                throw new InvalidDataException($"The images of {parts[0].Name} have {parts[0].Channels} channels and " +
                    $"those of {part.Name} {part.Channels}: they cannot be joined.");
            if (!part.Classes.SequenceEqual(parts[0].Classes))
                throw new InvalidDataException($"{parts[0].Name} has {parts[0].Classes.Count} classes and {part.Name} " +
                    $"{part.Classes.Count}, or of other names: they cannot be joined.");
        }
        Name = name;
        this.parts = [.. parts];
        ends = new int[parts.Count];
        for (int i = 0; i < ends.Length; i++) ends[i] = checked((i == 0 ? 0 : ends[i - 1]) + parts[i].Count);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override int Count => ends[^1];

    /// <inheritdoc/>
    public override IReadOnlyList<Omission> Omissions => [.. parts.SelectMany(part => part.Omissions).Distinct()];

    /// <inheritdoc/>
    public override bool HasTiles => parts.Any(part => part.HasTiles);

    /// <summary>The part that contains image <paramref name="index"/>, from 0.</summary>
    public int PartOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return Array.FindIndex(ends, end => index < end);
    }

    /// <inheritdoc/>
    protected override (IImageDataset Data, int Index) Find(int index)
    {
        int part = PartOf(index);
        return (parts[part], index - (ends[part] - parts[part].Count));
    }
}
