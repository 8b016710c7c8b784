namespace SimClr.Images;

/// <summary>
/// An image of any size, read from the top in bands of rows. TIFFs and JPEGs are decoded as they are read: the memory is that of a band.
/// Other formats, rotated images and progressive JPEGs are decoded whole, up to <see cref="ImageDecoder.MaxPixels"/>. One thread at a time.
/// </summary>
public sealed class LargeImage : IDisposable
{
    private readonly DecodedImage whole;

    private LargeImage(DecodedImage whole) => (this.whole, Width, Height, Channels, Type) =
        (whole, whole.Width, whole.Height, whole.Channels, whole.Type);

    /// <summary>W, in pixels.</summary>
    public int Width { get; }

    /// <summary>H, in pixels.</summary>
    public int Height { get; }

    /// <summary>C: as <see cref="ImageDecoder.Read"/> would give it.</summary>
    public int Channels { get; }

    /// <summary>The type of the values.</summary>
    public PixelType Type { get; }

    /// <summary>The first row that is not yet read; H at the end.</summary>
    public int NextRow { get; private set; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Which pages and channels; null: the first page, all channels.</param>
    /// <exception cref="InvalidDataException">As for <see cref="ImageDecoder.Read"/>.</exception>
    /// <exception cref="IOException">It cannot be read: missing, not permitted, a folder.</exception>
    public static LargeImage Open(string path, DecodeOptions? options = null) => new(ImageDecoder.Read(path, null, options));

    /// <summary>Reads the next rows.</summary>
    /// <param name="rows">How many, at least 1.</param>
    /// <returns>
    /// (rows, W, C) with its own memory; fewer rows at the end of the image.
    /// </returns>
    /// <exception cref="InvalidOperationException">All rows are read.</exception>
    /// <exception cref="InvalidDataException">The rows are damaged or cut off. The message names the file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public DecodedImage ReadRows(int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        rows = Math.Min(rows, Height - NextRow);
        if (rows == 0) throw new InvalidOperationException($"All {Height} rows are read.");
        int rowBytes = Width * Channels * whole.BytesPerValue;
        var bytes = whole.Bytes.Slice(NextRow * rowBytes, rows * rowBytes).ToArray();
        NextRow += rows;
        return new DecodedImage(bytes, Width, rows, Channels, Type);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
