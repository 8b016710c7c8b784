using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>Some of another data set's images, with its name, classes and labels.</summary>
/// <remarks>Safe to read from several threads at once.</remarks>
public sealed class SubsetDataset : IImageDataset
{
    private readonly IImageDataset source;
    private readonly int[] indices;
    private readonly IReadOnlyList<Omission> leftOut = [];

    /// <summary>Chooses images by index.</summary>
    /// <param name="source">The images; borrowed for as long as this object is used.</param>
    /// <param name="indices">
    /// The index in <paramref name="source"/> of each image of the subset, in [0, <c>source.Count</c>); copied.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">An index is not in <paramref name="source"/>.</exception>
    public SubsetDataset(IImageDataset source, IEnumerable<int> indices)
    {
        this.source = source;
        this.indices = [.. indices];
        foreach (int index in this.indices)
        {
            if ((uint)index >= (uint)source.Count)
                throw new ArgumentOutOfRangeException(nameof(indices), index, $"{source.Name} has the images 0 to {source.Count - 1}.");
        }
    }

    private SubsetDataset(IImageDataset source, List<int> labelled, Omission leftOut)
        : this(source, labelled) => this.leftOut = [leftOut];

    /// <summary>The labelled images if only some have a label, else all. For supervised training and evaluation.</summary>
    internal static IImageDataset OfLabelled(IImageDataset source)
    {
        var labelled = Enumerable.Range(0, source.Count).Where(i => source.Label(i) >= 0).ToList();
        if (labelled.Count == 0 || labelled.Count == source.Count) return source;
        int first = Enumerable.Range(0, source.Count).First(i => source.Label(i) < 0);
        return new SubsetDataset(source, labelled, new Omission("image without a label", source.Count - labelled.Count,
            "it is for pretraining alone", source.Describe(first), IsExpected: true));
    }

    /// <inheritdoc/>
    public string Name => source.Name;

    /// <inheritdoc/>
    public int Count => indices.Length;

    /// <inheritdoc/>
    public int Channels => source.Channels;

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes => source.Classes;

    /// <inheritdoc/>
    public int Label(int index) => source.Label(indices[index]);

    /// <inheritdoc/>
    public IReadOnlyList<Omission> Omissions => [.. source.Omissions, .. leftOut];

    /// <inheritdoc/>
    public string? Group(int index) => source.Group(indices[index]);

    /// <inheritdoc/>
    public ImageTile? Tile(int index) => source.Tile(indices[index]);

    /// <inheritdoc/>
    public bool HasTiles => source.HasTiles;

    /// <inheritdoc/>
    public string Describe(int index) => source.Describe(indices[index]);

    /// <inheritdoc/>
    public string Place(int index) => source.Place(indices[index]);

    /// <inheritdoc/>
    public DecodedImage Read(int index) => source.Read(indices[index]);

    /// <inheritdoc/>
    public DecodedImage Read(int index, DecodeBuffer buffer) => source.Read(indices[index], buffer);
}
