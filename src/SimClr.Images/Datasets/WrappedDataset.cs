using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>
/// Another data set's images, changed: a base class. Every member forwards to the source, so a subclass writes only what it changes, and
/// nothing of the source is lost (groups, tiles, omissions).
/// </summary>
/// <remarks>Safe to read from several threads at once, if the source and what the subclass adds are.</remarks>
/// <param name="source">The images; borrowed for as long as this object is used.</param>
public abstract class WrappedDataset(IImageDataset source) : IImageDataset
{
    /// <summary>The images.</summary>
    protected IImageDataset Source { get; } = source ?? throw new ArgumentNullException(nameof(source));

    /// <inheritdoc/>
    public virtual string Name => Source.Name;

    /// <inheritdoc/>
    public virtual int Count => Source.Count;

    /// <inheritdoc/>
    public virtual int Channels => Source.Channels;

    /// <inheritdoc/>
    public virtual IReadOnlyList<string> Classes => Source.Classes;

    /// <inheritdoc/>
    public virtual IReadOnlyList<Omission> Omissions => Source.Omissions;

    /// <inheritdoc/>
    public virtual bool HasTiles => Source.HasTiles;

    /// <inheritdoc/>
    public virtual int Label(int index)
    {
        var (data, at) = Find(index);
        return data.Label(at);
    }

    /// <inheritdoc/>
    public virtual string? Group(int index)
    {
        var (data, at) = Find(index);
        return data.Group(at);
    }

    /// <inheritdoc/>
    public virtual ImageTile? Tile(int index)
    {
        var (data, at) = Find(index);
        return data.Tile(at);
    }

    /// <inheritdoc/>
    public virtual string Describe(int index)
    {
        var (data, at) = Find(index);
        return data.Describe(at);
    }

    /// <inheritdoc/>
    public virtual string Place(int index)
    {
        var (data, at) = Find(index);
        return data.Place(at);
    }

    /// <inheritdoc/>
    public DecodedImage Read(int index) => Read(index, new DecodeBuffer());

    /// <inheritdoc/>
    /// <remarks>A subclass that changes images overrides this method; <see cref="Read(int)"/> calls it.</remarks>
    public virtual DecodedImage Read(int index, DecodeBuffer buffer)
    {
        var (data, at) = Find(index);
        return data.Read(at, buffer);
    }

    /// <summary>
    /// Where an image comes from: the data set that has it, and its index there. By default, the source and the same index.
    /// </summary>
    /// <param name="index">The image here, in [0, <see cref="Count"/>).</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    protected virtual (IImageDataset Data, int Index) Find(int index) => (Source, index);
}
