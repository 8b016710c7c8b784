namespace SimClr.Datasets;

/// <summary>Another data set's images, in groups from elsewhere.</summary>
/// <param name="images">The images; borrowed.</param>
/// <param name="groups">The group of each image; null or empty for an image without one.</param>
internal sealed class GroupedImages(IImageDataset images, IReadOnlyList<string?> groups) : WrappedDataset(images)
{
    /// <inheritdoc/>
    public override string? Group(int index) => groups[index];
}
