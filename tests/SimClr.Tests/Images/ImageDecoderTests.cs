using SimClr.Images;
using SkiaSharp;

namespace SimClr.Tests.Images;

public sealed partial class ImageDecoderTests
{
    private static readonly byte[] Palette = [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 1)]
    [InlineData(6, 3)]
    [InlineData(33, 17)]
    public void Lossless_formats_keep_every_pixel(int width, int height)
    {
        SKColor Color(int x, int y) => new((byte)(7 * x), (byte)(11 * y), (byte)(x ^ y));
        byte[] expected = [.. from y in Enumerable.Range(0, height) from x in Enumerable.Range(0, width) from v in new[] { Color(x, y).Red, Color(x, y).Green, Color(x, y).Blue } select v];

        var image = Decode(TinyImages.Encode(width, height, SKEncodedImageFormat.Png, Color));

        (image.Width, image.Height).ShouldBe((width, height));
        image.Pixels.ToArray().ShouldBe(expected);
    }

    [Fact]
    public void Lossy_formats_are_close()
    {
        foreach (var format in new[] { SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Webp })
        {
            var image = Decode(TinyImages.Encode(16, 8, format, (_, _) => new SKColor(200, 100, 50)));
            (image.Width, image.Height).ShouldBe((16, 8));
            ShouldBeNear(image, 5, 5, 200, 100, 50, tolerance: 3);
        }
    }

    [Fact]
    public void Gray_and_palette_images_become_RGB()
    {
        Decode(TinyImages.Png(2, 1, 8, 0, [3, 200])).Pixels.ToArray().ShouldBe([3, 3, 3, 200, 200, 200]);
        Decode(TinyImages.Png(9, 1, 1, 0, [0b10000000, 0b10000000])).Pixels.ToArray()[..6].ShouldBe([255, 255, 255, 0, 0, 0]);
        Decode(TinyImages.Png(3, 1, 8, 3, [2, 0, 1], ("PLTE", Palette))).Pixels.ToArray().ShouldBe([0, 0, 255, 255, 0, 0, 0, 255, 0]);
    }

    [Fact]
    public void Transparency_is_composited_on_white()
    {
        Decode(TinyImages.Png(2, 1, 8, 4, [100, 128, 50, 0])).Pixels.ToArray().ShouldBe([177, 177, 177, 255, 255, 255]);
        for (int alpha = 0; alpha < 256; alpha++)
        {
            byte expected = (byte)Math.Round(40 * alpha / 255.0 + 255 * (1 - alpha / 255.0));
            Decode(TinyImages.Png(1, 1, 8, 6, [40, 40, 40, (byte)alpha])).Pixels.Span[1].ShouldBe(expected);
        }

        Decode(TinyImages.Png(2, 1, 8, 3, [1, 0], ("PLTE", Palette), ("tRNS", [255, 0]))).Pixels.ToArray().ShouldBe([255, 255, 255, 255, 0, 0]);
        Decode(TinyImages.Gif(3, 1, Palette, transparent: 1, [0, 1, 2])).Pixels.ToArray().ShouldBe([255, 0, 0, 255, 255, 255, 0, 0, 255]);
    }

    [Fact]
    public void CMYK_is_converted_without_a_profile()
    {
        // Adobe stores 255 − ink: R = C·K / 255 and so on.
        var image = Decode(TinyImages.CmykJpeg(191, 127, 255, 204));
        (image.Width, image.Height).ShouldBe((8, 8));
        ShouldBeNear(image, 3, 3, 191 * 204 / 255, 127 * 204 / 255, 204, tolerance: 1);
    }

    [Fact]
    public void Bitmaps_icons_and_wireless_bitmaps_are_decoded()
    {
        Decode(TinyImages.Bmp(3, 2, 10, 20, 30)).Pixels.ToArray().ShouldBe([.. Enumerable.Repeat(new byte[] { 10, 20, 30 }, 6).SelectMany(p => p)]);
        var icon = Decode(TinyImages.Ico(16, TinyImages.Encode(16, 16, SKEncodedImageFormat.Png, (_, _) => new SKColor(1, 2, 3))));
        (icon.Width, icon.Height, icon.Pixels.Span[2]).ShouldBe((16, 16, (byte)3));
        Decode([0, 0, 8, 1, 0b10100000]).Pixels.ToArray()[..9].ShouldBe([255, 255, 255, 0, 0, 0, 255, 255, 255]);
    }

    // The table of the EXIF standard, drawn with a letter F: the stored rows of each orientation.
    [Theory]
    [InlineData(1, "### #.. ##. #.. #..")]
    [InlineData(2, "### ..# .## ..# ..#")]
    [InlineData(3, "..# ..# .## ..# ###")]
    [InlineData(4, "#.. #.. ##. #.. ###")]
    [InlineData(5, "##### #.#.. #....")]
    [InlineData(6, "#.... #.#.. #####")]
    [InlineData(7, "....# ..#.# #####")]
    [InlineData(8, "##### ..#.# ....#")]
    public void The_EXIF_orientation_turns_the_image_upright(byte orientation, string stored)
    {
        var rows = stored.Split(' ');
        var jpeg = TinyImages.Encode(16 * rows[0].Length, 16 * rows.Length, SKEncodedImageFormat.Jpeg,
            (x, y) => rows[y / 16][x / 16] == '#' ? SKColors.Black : SKColors.White);

        var image = Decode(TinyImages.WithOrientation(jpeg, orientation));

        (image.Width, image.Height).ShouldBe((48, 80));
        var upright = Enumerable.Range(0, 5).Select(y => string.Concat(Enumerable.Range(0, 3)
            .Select(x => image.Pixels.Span[((16 * y + 8) * 48 + 16 * x + 8) * 3] < 128 ? '#' : '.')));
        string.Join(' ', upright).ShouldBe("### #.. ##. #.. #..");
    }

    [Fact]
    public void Rotation_loses_no_pixel_at_odd_sizes()
    {
        var jpeg = TinyImages.Encode(7, 1, SKEncodedImageFormat.Jpeg, (x, _) => new SKColor((byte)(36 * x), (byte)(36 * x), (byte)(36 * x)));
        byte[] straight = Decode(jpeg).Pixels.ToArray();
        foreach (byte orientation in new byte[] { 5, 6, 7, 8 })
        {
            var turned = Decode(TinyImages.WithOrientation(jpeg, orientation));
            (turned.Width, turned.Height).ShouldBe((1, 7));
            byte[] along = turned.Pixels.ToArray();
            if (orientation is 7 or 8) along = [.. along.Chunk(3).Reverse().SelectMany(p => p)];
            along.ShouldBe(straight);
        }
    }

    private static DecodedImage Decode(byte[] encoded) => ImageDecoder.Decode(encoded, "x").Checked();

    private static void ShouldBeNear(DecodedImage image, int x, int y, int red, int green, int blue, int tolerance)
    {
        var pixel = image.Pixels.Span.Slice((y * image.Width + x) * 3, 3).ToArray().Select(v => (int)v).ToArray();
        pixel[0].ShouldBeInRange(red - tolerance, red + tolerance);
        pixel[1].ShouldBeInRange(green - tolerance, green + tolerance);
        pixel[2].ShouldBeInRange(blue - tolerance, blue + tolerance);
    }
}
