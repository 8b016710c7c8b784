using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>
/// The rows of one row of tiles. They are kept in the same memory for all of them: what the next row of tiles has too moves to its
/// beginning. In order, every row of a picture is decoded once. Safe to use from several threads at once.
/// </summary>
internal sealed class TileBand : IDisposable
{
    private readonly Lock gate = new();
    private LargeImage? image;
    private string? opened;
    private byte[] rows = []; // from the first one to that before image.NextRow
    private int first;

    /// <summary>Copies a tile.</summary>
    /// <param name="path">The file of the picture.</param>
    /// <param name="x">The left edge, in pixels.</param>
    /// <param name="y">The upper edge.</param>
    /// <param name="width">The tile's width; it lies within the picture.</param>
    /// <param name="height">The tile's height.</param>
    /// <param name="buffer">Receives the values.</param>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public DecodedImage Cut(string path, int x, int y, int width, int height, DecodeBuffer buffer)
    {
        lock (gate)
        {
            var picture = Move(path, y, height);
            int bytes = picture.BytesOf(1), pixel = bytes / picture.Width, row = width * pixel;
            var tile = buffer.Take(height * row);
            for (int i = 0; i < height; i++) rows.AsSpan(i * bytes + x * pixel, row).CopyTo(tile.Span[(i * row)..]);
            return new DecodedImage(tile, width, height, picture.Channels, picture.Type);
        }
    }

    private LargeImage Move(string path, int top, int height)
    {
        try
        {
            if (opened != path || top < first)
            {
                Dispose();
                (image, opened) = (LargeImage.Open(path), path);
            }
            int row = image!.BytesOf(1), kept = Math.Max(0, image.NextRow - top);
            if (rows.Length < image.BytesOf(height)) Array.Resize(ref rows, image.BytesOf(height));
            if (kept > 0) rows.AsSpan((top - first) * row, kept * row).CopyTo(rows);
            while (image.NextRow < top) image.ReadRows(rows.AsSpan(0, Math.Min(height, top - image.NextRow) * row));
            first = top;
            if (kept < height) image.ReadRows(rows.AsSpan(kept * row, (height - kept) * row));
            return image;
        }
        catch
        {
            Dispose(); // its next row is not known any more
            throw;
        }
    }

    /// <summary>Closes the picture. The next tile opens it again.</summary>
    public void Dispose()
    {
        image?.Dispose();
        (image, opened, first) = (null, null, 0);
    }
}
