using SimClr.Images;
using SkiaSharp;

namespace SimClr.Tests.Images;

public sealed class SpriteSheetTests
{
    private static DecodedImage Flat(int side, byte shade) => new(Enumerable.Repeat(shade, 3 * side * side).ToArray(), side, side);

    [Theory]
    [InlineData(0, false, 1, 1)]
    [InlineData(5, false, 3, 2)]
    [InlineData(5, true, 3, 3)]
    [InlineData(9, false, 3, 3)]
    public void Tiles_lie_row_by_row_and_the_rest_is_white(int count, bool isSquare, int columns, int rows)
    {
        using var sheet = new SpriteSheet(count, 4, isSquare);
        for (int i = 0; i < count; i++) sheet.Add(Flat(4, (byte)(10 * i)));

        (sheet.Columns, sheet.Rows, sheet.Count).ShouldBe((columns, rows, count));
        using var png = SKBitmap.Decode(sheet.ToPng());
        (png.Width, png.Height).ShouldBe((4 * columns, 4 * rows));
        for (int place = 0; place < columns * rows; place++)
        {
            byte shade = place < count ? (byte)(10 * place) : (byte)255;
            foreach (int corner in (int[])[0, 3]) png.GetPixel(place % columns * 4 + corner, place / columns * 4 + corner).ShouldBe(new SKColor(shade, shade, shade));
        }
        SKBitmap.Decode(sheet.ToJpeg(90)).Width.ShouldBe(4 * columns);
    }

    [Fact]
    public void A_tile_of_another_size_and_one_too_many_are_refused()
    {
        using var sheet = new SpriteSheet(1, 4);
        Should.Throw<ArgumentException>(() => sheet.Add(Flat(5, 0))).Message.ShouldContain("4 × 4");
        sheet.Add(Flat(4, 0));
        Should.Throw<ArgumentException>(() => sheet.Add(Flat(4, 0))).Message.ShouldContain("full");
    }
}
