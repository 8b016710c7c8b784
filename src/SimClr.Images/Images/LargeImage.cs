namespace SimClr.Images;

/// <summary>
/// An image of any size, read from the top in bands of rows. TIFF, baseline JPEG and PNG of 8 bits are decoded as they are read: the
/// memory is that of a band, and for a tiled TIFF that of a row of tiles. Other formats, rotated images and progressive JPEGs are decoded
/// whole, up to <see cref="ImageDecoder.MaxPixels"/>. One thread at a time.
/// </summary>
public sealed class LargeImage : IDisposable
{
    private const int MetadataBytes = 1 << 18; // of the beginning of a file, which hold its orientation

    private readonly Stream? file;
    private readonly ImageRows rows;
    private readonly ChannelMap map;
    private readonly byte[] row;

    private LargeImage(Stream? file, ImageRows rows, DecodeOptions? options)
    {
        (this.file, this.rows, map) = (file, rows, new ChannelMap(rows, options));
        row = new byte[rows.RowBytes];
    }

    /// <summary>W, in pixels.</summary>
    public int Width => rows.Width;

    /// <summary>H, in pixels.</summary>
    public int Height => rows.Height;

    /// <summary>C: as <see cref="ImageDecoder.Read"/> would give it.</summary>
    public int Channels => map.Channels;

    /// <summary>The type of the values.</summary>
    public PixelType Type => rows.Type;

    /// <summary>The first row that is not yet read; H at the end.</summary>
    public int NextRow { get; private set; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Which pages and channels; null: the first page, all channels.</param>
    /// <exception cref="InvalidDataException">As for <see cref="ImageDecoder.Read"/>.</exception>
    /// <exception cref="IOException">It cannot be read: missing, not permitted, a folder.</exception>
    public static LargeImage Open(string path, DecodeOptions? options = null)
    {
        var file = new FileStream(ImageDecoder.Open(path), FileAccess.Read);
        try
        {
            Span<byte> head = new byte[MetadataBytes];
            head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
            file.Position = 0;
            if (TiffFile.Is(head) && options?.Pages != ImagePages.Channels
                && TiffFile.Open(file, path, isWhole: false, options) is { Origin: SkiaSharp.SKEncodedOrigin.TopLeft } tiff)
                return new LargeImage(file, tiff, options);
            file.Dispose();
            if (options is not { Channels.Count: > 0 } && !DeepPng.Is(head) && CodecRows.Open(path, head) is { } rows)
                return new LargeImage(null, rows, options);
            var whole = ImageDecoder.Read(path, null, options);
            return new LargeImage(null, new MemoryRows(whole.Bytes)
            {
                Name = path,
                Width = whole.Width,
                Height = whole.Height,
                Channels = whole.Channels,
                Type = whole.Type,
            }, null);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The channels of a file. Formats that are decoded as they are read are only opened.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">As for <see cref="Open"/>.</exception>
    /// <exception cref="IOException">As for <see cref="Open"/>.</exception>
    internal static int ChannelsOf(string path)
    {
        using var image = Open(path);
        return image.Channels;
    }

    /// <summary>Reads the next rows.</summary>
    /// <param name="count">How many, at least 1.</param>
    /// <returns>(rows, W, C) with its own memory; fewer rows at the end of the image.</returns>
    /// <exception cref="InvalidOperationException">All rows are read.</exception>
    /// <exception cref="InvalidDataException">The rows are damaged, cut off, or too many for 2 GB. The message names the file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public DecodedImage ReadRows(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        count = Math.Min(count, Height - NextRow);
        if (count == 0) throw new InvalidOperationException($"All {Height} rows are read.");
        byte[] values = GC.AllocateUninitializedArray<byte>(BytesOf(count));
        ReadRows(values);
        return new DecodedImage(values, Width, count, Channels, Type);
    }

    /// <summary>Reads the next rows into memory of the caller.</summary>
    /// <param name="values">Receives (rows, W, C): as many whole rows as fit. The image must still have them.</param>
    /// <exception cref="InvalidDataException">The rows are damaged or cut off. The message names the file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal void ReadRows(Span<byte> values)
    {
        int bytes = BytesOf(1);
        for (int at = 0; at < values.Length; at += bytes, NextRow++)
        {
            rows.Read(NextRow, row);
            map.Apply(row, values.Slice(at, bytes));
        }
    }

    /// <summary>Bytes of rows of W·C values.</summary>
    /// <param name="count">The number of rows.</param>
    /// <exception cref="InvalidDataException">They are too many for 2 GB. The message names the file.</exception>
    internal int BytesOf(int count)
    {
        long bytes = (long)count * Width * Channels * new DecodedImage(default, Width, count, Channels, Type).BytesPerValue;
        return bytes <= Array.MaxLength ? (int)bytes
            : throw new InvalidDataException($"{rows.Name}: {count} rows of {Width} pixels are more than are read at once.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        rows.Dispose();
        file?.Dispose();
    }
}
