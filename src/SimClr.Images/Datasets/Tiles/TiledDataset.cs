using System.Globalization;
using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>
/// Square tiles of large pictures, picture by picture and row by row from the top left. The last tile of a row or column is moved inwards,
/// so that all tiles have the same side; only in a picture that is smaller than that a tile is smaller too.
/// </summary>
/// <remarks>
/// Meant to be read in order: going back decodes a picture again from its top. Safe to read from several threads at once.
/// </remarks>
internal sealed class TiledDataset : IImageDataset, IDisposable
{
    private readonly IImageDataset images;
    private readonly List<Picture> pictures = [];
    private readonly List<int> ends = []; // the end of each picture, among all tiles
    private readonly TileBand band = new();
    private readonly int side;

    private sealed record Picture(int Image, string Path, string Name, int Width, int Height, int Channels, int[] Xs, int[] Ys);

    /// <summary>Reads the sizes of all pictures.</summary>
    /// <param name="images">Image files; borrowed.</param>
    /// <param name="nameOf">The name of each image, for <see cref="ImageTile.Source"/>.</param>
    /// <param name="options">The side and overlap of the tiles.</param>
    /// <param name="messages">Receives the pictures that cannot be opened and are left out.</param>
    /// <exception cref="ConfigurationException">The images are not files.</exception>
    /// <exception cref="InvalidDataException">No picture can be opened, or one cannot and the policy is to fail.</exception>
    public TiledDataset(IImageDataset images, Func<int, string> nameOf, PackOptions options, IMessages messages)
    {
        (this.images, side) = (images, options.TileSide);
        if (images is not IEncodedImages || !File.Exists(images.Describe(0)))
            throw new ConfigurationException($"--tile cuts image files, but {images.Name} has records ({images.Describe(0)}).");
        var damaged = new List<BadImage>();
        for (int i = 0; i < images.Count; i++)
        {
            string path = images.Describe(i);
            try
            {
                using var picture = LargeImage.Open(path);
                if (pictures.Count > 0 && picture.Channels != Channels) throw new InvalidDataException(
                    $"{path} has {picture.Channels} channels, but the images of {images.Name} have {Channels}.");
                pictures.Add(new(i, path, nameOf(i), picture.Width, picture.Height, picture.Channels,
                    Edges(picture.Width, options), Edges(picture.Height, options)));
                ends.Add(checked(Count + pictures[^1].Xs.Length * pictures[^1].Ys.Length));
            }
            catch (InvalidDataException e) when (options.OnBadImage == BadImagePolicy.Skip)
            {
                damaged.Add(new(i, e.Message));
                DamageLimit.Require(images, images.Count, damaged.Count, () => damaged[0]);
            }
        }
        DamagedImageLog.WriteAll(damaged, messages);
        if (Count == 0) throw new InvalidDataException($"None of the {images.Count} images of {images.Name} can be read.");
    }

    /// <inheritdoc/>
    public string Name => images.Name;

    /// <inheritdoc/>
    public int Count => ends.Count == 0 ? 0 : ends[^1];

    /// <summary>The channels of the first picture. Pictures with another number are damaged.</summary>
    public int Channels => pictures[0].Channels;

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes => images.Classes;

    /// <inheritdoc/>
    public IReadOnlyList<Omission> Omissions => images.Omissions;

    /// <inheritdoc/>
    public int Label(int index) => images.Label(Locate(index).Picture.Image);

    /// <inheritdoc/>
    public string? Group(int index) => images.Group(Locate(index).Picture.Image);

    /// <inheritdoc/>
    public ImageTile Tile(int index)
    {
        var (picture, x, y) = Locate(index);
        return new(picture.Name, x, y);
    }

    ImageTile? IImageDataset.Tile(int index) => Tile(index);

    /// <summary>The picture, and the left and upper edge of the tile.</summary>
    public string Describe(int index)
    {
        var (picture, x, y) = Locate(index);
        return string.Create(CultureInfo.InvariantCulture, $"{picture.Path}, the tile at {x}, {y}");
    }

    /// <inheritdoc/>
    public DecodedImage Read(int index) => Read(index, new DecodeBuffer());

    /// <inheritdoc/>
    public DecodedImage Read(int index, DecodeBuffer buffer)
    {
        var (picture, x, y) = Locate(index);
        return band.Cut(picture.Path, x, y, Math.Min(side, picture.Width), Math.Min(side, picture.Height), buffer);
    }

    /// <inheritdoc/>
    public void Dispose() => band.Dispose();

    /// <summary>Whether all pixels of an image are equal.</summary>
    public static bool IsOneColour(DecodedImage image)
    {
        var bytes = image.Bytes.Span;
        int pixel = bytes.Length / (image.Width * image.Height);
        return bytes[pixel..].SequenceEqual(bytes[..^pixel]); // each is as the one before it
    }

    private (Picture Picture, int X, int Y) Locate(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        int at = ends.BinarySearch(index + 1);
        if (at < 0) at = ~at;
        var picture = pictures[at];
        int tile = index - (at == 0 ? 0 : ends[at - 1]);
        return (picture, picture.Xs[tile % picture.Xs.Length], picture.Ys[tile / picture.Xs.Length]);
    }

    private static int[] Edges(int length, PackOptions options)
    {
        int step = options.TileSide - options.TileOverlap, last = Math.Max(0, length - options.TileSide);
        return [.. Enumerable.Range(0, (last + step - 1) / step + 1).Select(i => Math.Min(i * step, last))];
    }
}
