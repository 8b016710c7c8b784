using SimClr.Images;
using SimClr.Views;

namespace SimClr.Cli.Reports;

/// <summary>The small square pictures of a page, collected into one image.</summary>
/// <param name="side">Of a tile, in pixels.</param>
internal sealed class Sprite(int side)
{
    private const int JpegQuality = 85;

    private readonly List<DecodedImage> tiles = [];
    private readonly ThumbnailRenderer thumbnails = new(side);

    /// <summary>Adds the middle square of an image, resized.</summary>
    /// <returns>The tile's number.</returns>
    public int Add(DecodedImage image) => AddTile(thumbnails.Square(image));

    /// <summary>Adds a tile as it is.</summary>
    /// <param name="tile">side × side pixels, owned from here on.</param>
    /// <returns>The tile's number.</returns>
    public int AddTile(DecodedImage tile)
    {
        tiles.Add(tile);
        return tiles.Count - 1;
    }

    /// <summary>The whole as a data URI, photographs as JPEG.</summary>
    /// <param name="lossless">As PNG, for pixels that are to be seen one by one.</param>
    public SpriteData ToData(bool lossless = false)
    {
        using var sheet = new SpriteSheet(tiles.Count, side);
        foreach (var tile in tiles) sheet.Add(tile);
        byte[] encoded = lossless ? sheet.ToPng() : sheet.ToJpeg(JpegQuality);
        return new SpriteData($"data:image/{(lossless ? "png" : "jpeg")};base64,{Convert.ToBase64String(encoded)}", side, sheet.Columns, tiles.Count);
    }
}
