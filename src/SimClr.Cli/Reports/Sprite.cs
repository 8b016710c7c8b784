using SimClr.Images;
using SimClr.Views;

namespace SimClr.Cli.Reports;

/// <summary>Collects the small square pictures of a page into one image.</summary>
/// <param name="side">The side of a tile in pixels.</param>
/// <param name="prepared">Its value range says which values become black and white. Null: the range of the values' type.</param>
internal sealed class Sprite(int side, Preprocessing? prepared = null)
{
    private const int JpegQuality = 85;

    private readonly List<DecodedImage> tiles = [];
    private readonly ThumbnailRenderer thumbnails = new(side, prepared);

    /// <summary>Adds the middle square of an image, resized.</summary>
    /// <returns>The index of the tile.</returns>
    public int Add(DecodedImage image) => AddTile(thumbnails.Square(image));

    /// <summary>Adds a tile without resizing.</summary>
    /// <param name="tile">side × side pixels; owned by this object from here on.</param>
    /// <returns>The index of the tile.</returns>
    public int AddTile(DecodedImage tile)
    {
        tiles.Add(tile);
        return tiles.Count - 1;
    }

    /// <summary>The image as a data URI; photographs as JPEG.</summary>
    /// <param name="lossless">Whether to use PNG, for pictures whose single pixels matter.</param>
    public SpriteData ToData(bool lossless = false)
    {
        using var sheet = new SpriteSheet(tiles.Count, side);
        foreach (var tile in tiles) sheet.Add(tile);
        byte[] encoded = lossless ? sheet.ToPng() : sheet.ToJpeg(JpegQuality);
        return new SpriteData($"data:image/{(lossless ? "png" : "jpeg")};base64,{Convert.ToBase64String(encoded)}",
            side, sheet.Columns, tiles.Count);
    }
}
