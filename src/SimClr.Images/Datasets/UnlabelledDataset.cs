using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>
/// Another data set's images without their labels, for pretraining. Asking for a label is a defect of the program and throws.
/// </summary>
/// <remarks>Safe to read from several threads at once.</remarks>
/// <param name="source">The images; borrowed for as long as this object is used.</param>
public sealed class UnlabelledDataset(IImageDataset source) : IImageDataset
{
    /// <inheritdoc/>
    public string Name => source.Name;

    /// <inheritdoc/>
    public int Count => source.Count;

    /// <inheritdoc/>
    public int Channels => source.Channels;

    /// <summary>None.</summary>
    public IReadOnlyList<string> Classes => [];

    /// <summary>Always throws.</summary>
    /// <exception cref="InvalidOperationException">Always.</exception>
    public int Label(int index) =>
        throw new InvalidOperationException($"The label of image {index} of {Name} was read where no labels may be used.");

    /// <inheritdoc/>
    public IReadOnlyList<Omission> Omissions => source.Omissions;

    /// <inheritdoc/>
    public string? Group(int index) => source.Group(index);

    /// <inheritdoc/>
    public ImageTile? Tile(int index) => source.Tile(index);

    /// <inheritdoc/>
    public bool HasTiles => source.HasTiles;

    /// <inheritdoc/>
    public string Describe(int index) => source.Describe(index);

    /// <inheritdoc/>
    public string Place(int index) => source.Place(index);

    /// <inheritdoc/>
    public DecodedImage Read(int index) => source.Read(index);

    /// <inheritdoc/>
    public DecodedImage Read(int index, DecodeBuffer buffer) => source.Read(index, buffer);
}
