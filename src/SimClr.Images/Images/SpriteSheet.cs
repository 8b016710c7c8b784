using SkiaSharp;

namespace SimClr.Images;

/// <summary>
/// Square tiles of the same size in one picture, row by row from the upper left. Unused places are white. One thread at a time.
/// </summary>
public sealed class SpriteSheet : IDisposable
{
    private readonly SKBitmap bitmap;
    private readonly int capacity;

    /// <summary>Makes an empty sheet of ⌈√count⌉ columns.</summary>
    /// <param name="count">The number of tiles to come, at least 0.</param>
    /// <param name="side">The side of a tile in pixels, at least 1.</param>
    /// <param name="isSquare">
    /// Whether there are as many rows as columns. By default there are only as many rows as needed, at least one.
    /// </param>
    public SpriteSheet(int count, int side, bool isSquare = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 1);
        (Side, Columns) = (side, ColumnsFor(count));
        Rows = isSquare ? Columns : Math.Max(1, (count + Columns - 1) / Columns);
        capacity = Rows * Columns;
        bitmap = new SKBitmap(new SKImageInfo(checked(Columns * side), checked(Rows * side), SKColorType.Rgba8888, SKAlphaType.Opaque));
        bitmap.GetPixelSpan().Fill(255);
    }

    /// <summary>Tiles in a row: ⌈√count⌉, and at least 1.</summary>
    /// <param name="count">The number of tiles, at least 0.</param>
    public static int ColumnsFor(int count) => Math.Max(1, (int)Math.Ceiling(Math.Sqrt(count)));

    /// <summary>The side of a tile in pixels.</summary>
    public int Side { get; }

    /// <summary>Tiles in a row.</summary>
    public int Columns { get; }

    /// <summary>Rows of tiles.</summary>
    public int Rows { get; }

    /// <summary>The number of tiles added so far.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a tile after the last one.</summary>
    /// <param name="tile">Side × Side pixels, three channels; borrowed.</param>
    /// <exception cref="ArgumentException">The tile has another size, or the sheet is full.</exception>
    public void Add(DecodedImage tile)
    {
        if (tile.Checked().Width != Side || tile.Height != Side || tile.Channels != 3)
            throw new ArgumentException($"A tile of this sheet has {Side} × {Side} pixels and 3 channels; this one has {tile.Width} " +
                $"× {tile.Height} and {tile.Channels}.", nameof(tile));
        if (Count == capacity) throw new ArgumentException($"The sheet holds {capacity} tiles and is full.", nameof(tile));
        Paint(tile, bitmap.GetPixelSpan(), bitmap.Width, Count % Columns * Side, Count / Columns * Side);
        Count++;
    }

    /// <summary>The sheet as a PNG file's bytes.</summary>
    public byte[] ToPng() => Encode(SKEncodedImageFormat.Png, 100);

    /// <summary>The sheet as a JPEG file's bytes.</summary>
    /// <param name="quality">In [1, 100].</param>
    public byte[] ToJpeg(int quality) => Encode(SKEncodedImageFormat.Jpeg, quality);

    /// <summary>Copies an image onto an RGBA picture of 8 bits per channel; the copied pixels are opaque.</summary>
    /// <param name="image">Three channels; borrowed.</param>
    /// <param name="rgba">The picture's pixels, row by row; borrowed.</param>
    /// <param name="width">The picture's width in pixels.</param>
    /// <param name="left">The column of the image's left edge.</param>
    /// <param name="top">The row of the image's top edge.</param>
    public static void Paint(DecodedImage image, Span<byte> rgba, int width, int left = 0, int top = 0)
    {
        var rgb = image.Pixels.Span;
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0, from = 3 * y * image.Width, to = 4 * ((top + y) * width + left); x < image.Width; x++, from += 3, to += 4)
            {
                rgb.Slice(from, 3).CopyTo(rgba[to..]);
                rgba[to + 3] = 255;
            }
        }
    }

    private byte[] Encode(SKEncodedImageFormat format, int quality)
    {
        using var encoded = bitmap.Encode(format, quality);
        return encoded.ToArray();
    }

    /// <summary>Frees the picture.</summary>
    public void Dispose() => bitmap.Dispose();
}
