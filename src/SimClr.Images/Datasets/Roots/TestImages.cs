namespace SimClr.Datasets;

/// <summary>Test images with the labels of other images, or of a classifier: classes are matched by name.</summary>
internal sealed class TestImages : WrappedDataset
{
    private readonly int[] labels; // here, by the label there; −1 for a class that the training images lack
    private readonly Omission? strange;

    /// <summary>Matches the classes.</summary>
    /// <param name="images">The test images; borrowed.</param>
    /// <param name="classes">The classes that were trained.</param>
    /// <param name="trained">What has these classes, as the beginning of a sentence.</param>
    public TestImages(IImageDataset images, IReadOnlyList<string> classes, string trained) : base(images)
    {
        LabelCheck.Require(images);
        Classes = classes;
        var labelOf = Classes.Index().ToDictionary(c => c.Item, c => c.Index, StringComparer.Ordinal);
        labels = [.. images.Classes.Select(name => labelOf.GetValueOrDefault(name, -1))];
        int[] left = [.. Enumerable.Range(0, images.Count).Where(i => images.Label(i) >= 0 && Label(i) < 0)];
        strange = left.Length == 0 ? null : FolderLabels.Strange(
            left.Length, left.Select(i => images.Classes[images.Label(i)]), trained, images.Describe(left[0]));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Classes { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Omission> Omissions => strange is null ? base.Omissions : [.. base.Omissions, strange];

    /// <inheritdoc/>
    public override int Label(int index) => Source.Label(index) is >= 0 and var label ? labels[label] : -1;
}
