namespace SimClr.Datasets;

/// <summary>Some of another data set's images, with its name, classes and labels.</summary>
/// <remarks>Safe to read from several threads at once.</remarks>
public sealed class SubsetDataset : WrappedDataset
{
    private readonly int[] indices;
    private readonly IReadOnlyList<Omission> leftOut = [];

    /// <summary>Chooses images by index.</summary>
    /// <param name="source">The images; borrowed for as long as this object is used.</param>
    /// <param name="indices">
    /// The index in <paramref name="source"/> of each image of the subset, in [0, <c>source.Count</c>); copied.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">An index is not in <paramref name="source"/>.</exception>
    public SubsetDataset(IImageDataset source, IEnumerable<int> indices) : base(source)
    {
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
    public override int Count => indices.Length;

    /// <inheritdoc/>
    public override IReadOnlyList<Omission> Omissions => [.. Source.Omissions, .. leftOut];

    /// <inheritdoc/>
    protected override (IImageDataset Data, int Index) Find(int index) => (Source, indices[index]);
}
