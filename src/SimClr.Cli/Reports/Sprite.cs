using SimClr.Cli.Drawing;
using SimClr.Images;
using SimClr.Views;
using SkiaSharp;

namespace SimClr.Cli.Reports;

/// <summary>Many small square pictures, put together into one image for a page.</summary>
/// <param name="side">Of a tile, in pixels.</param>
internal sealed class Sprite(int side)
{
    private const int JpegQuality = 85;

    private readonly List<byte[]> tiles = [];
    private readonly CpuViewRenderer renderer = new(new Preprocessing { ImageSize = side });

    /// <summary>Adds the middle square of an image, resized.</summary>
    /// <returns>The tile's number.</returns>
    public int Add(DecodedImage image)
    {
        image = image.ToRgb();
        int shorter = Math.Min(image.Width, image.Height);
        var middle = new ViewParameters { Crop = new CropBox((image.Width - shorter) / 2, (image.Height - shorter) / 2, shorter, shorter) };
        return AddExact(Picture.Of(renderer, image, middle, side).Pixels.ToArray());
    }

    /// <summary>Adds a tile as it is.</summary>
    /// <param name="pixels">side · side · 3 bytes, owned from here on.</param>
    /// <returns>The tile's number.</returns>
    public int AddExact(byte[] pixels)
    {
        tiles.Add(pixels);
        return tiles.Count - 1;
    }

    /// <summary>The whole, photographs as JPEG.</summary>
    /// <param name="lossless">As PNG, for pixels that are to be seen one by one.</param>
    public SpriteData ToData(bool lossless = false)
    {
        int columns = Math.Max(1, (int)Math.Ceiling(Math.Sqrt(tiles.Count))), rows = Math.Max(1, (tiles.Count + columns - 1) / columns);
        using var bitmap = new SKBitmap(new SKImageInfo(columns * side, rows * side, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var pixels = bitmap.GetPixelSpan();
        pixels.Fill(255);
        for (int tile = 0; tile < tiles.Count; tile++)
        {
            int left = tile % columns * side, top = tile / columns * side;
            for (int i = 0; i < side * side; i++) tiles[tile].AsSpan(3 * i, 3).CopyTo(pixels[(4 * ((top + i / side) * bitmap.Width + left + i % side))..]);
        }
        using var image = SKImage.FromBitmap(bitmap);
        using var encoded = image.Encode(lossless ? SKEncodedImageFormat.Png : SKEncodedImageFormat.Jpeg, JpegQuality);
        return new SpriteData($"data:image/{(lossless ? "png" : "jpeg")};base64,{Convert.ToBase64String(encoded.AsSpan())}", side, columns, tiles.Count);
    }
}
