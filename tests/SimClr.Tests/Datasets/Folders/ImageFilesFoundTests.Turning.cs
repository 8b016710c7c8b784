using System.Buffers.Binary;
using SimClr.Images;
using SkiaSharp;

namespace SimClr.Tests.Datasets;

public sealed partial class ImageFilesFoundTests
{
    private static byte[] Exif(int orientation, bool isLittle)
    {
        byte[] exif = isLittle ? [.. "II*\0"u8, 8, 0, 0, 0, 2, 0] : [.. "MM\0*"u8, 0, 0, 0, 8, 0, 2];
        byte[] Short(int value) => isLittle ? [(byte)value, (byte)(value >> 8)] : [(byte)(value >> 8), (byte)value];
        byte[] one = isLittle ? [1, 0, 0, 0] : [0, 0, 0, 1];
        return [.. exif, .. Short(0x0100), .. Short(3), .. one, .. Short(7), 0, 0, .. Short(0x0112), .. Short(3), .. one, .. Short(orientation), 0, 0, 0, 0, 0, 0];
    }

    // The table of the EXIF standard: the stored pixel that each orientation shows at (x, y).
    private static (int X, int Y) Stored(int orientation, int x, int y, int width, int height) => orientation switch
    {
        2 => (width - 1 - x, y),
        3 => (width - 1 - x, height - 1 - y),
        4 => (x, height - 1 - y),
        5 => (y, x),
        6 => (y, height - 1 - x),
        7 => (width - 1 - y, height - 1 - x),
        8 => (width - 1 - y, x),
        _ => (x, y),
    };

    private static void ShouldBeTurned(DecodedImage image, int orientation, int width, int height)
    {
        (image.Width, image.Height).ShouldBe(orientation >= 5 ? (height, width) : (width, height));
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < image.Width; x++)
            {
                var (fromX, fromY) = Stored(orientation, x, y, width, height);
                image.Pixels.Span.Slice(3 * (y * image.Width + x), 3).ToArray().ShouldBe(new byte[] { (byte)fromX, (byte)fromY, 9 }, $"orientation {orientation}, {x}, {y}");
            }
        }
    }

    private static byte[] Lines(int width, int height) => [.. from y in Enumerable.Range(0, height) from x in Enumerable.Range(0, width) from value in new[] { (byte)x, (byte)y, (byte)9 } select value];

    [Fact]
    public void The_orientation_of_a_PNG_is_applied()
    {
        byte[] lines = Lines(21, 37);
        for (int orientation = 1; orientation <= 8; orientation++)
        {
            foreach (bool isLittle in (bool[])[true, false])
            {
                ShouldBeTurned(Decode(TinyImages.Png(21, 37, 8, 2, lines, ("eXIf", Exif(orientation, isLittle)))), orientation, 21, 37);
                ShouldBeTurned(Decode(TinyImages.Png(21, 37, 8, 2, lines, ("eXIf", [.. "Exif\0\0"u8, .. Exif(orientation, isLittle)]))), orientation, 21, 37);
            }
        }
    }

    [Fact]
    public void The_orientation_of_a_WebP_is_applied_with_and_without_JPEGs_prefix()
    {
        byte[] plain;
        using (var bitmap = new SKBitmap(new SKImageInfo(21, 37, SKColorType.Rgba8888, SKAlphaType.Opaque)))
        {
            for (int y = 0; y < 37; y++)
                for (int x = 0; x < 21; x++) bitmap.SetPixel(x, y, new SKColor((byte)x, (byte)y, 9));
            using var pixmap = bitmap.PeekPixels();
            using var data = pixmap!.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 100));
            plain = data!.ToArray();
        }
        ShouldBeTurned(Decode(plain), 1, 21, 37);
        byte[] image = plain[12..]; // the one chunk
        for (int orientation = 1; orientation <= 8; orientation++)
        {
            foreach (byte[] exif in (byte[][])[Exif(orientation, true), [.. "Exif\0\0"u8, .. Exif(orientation, false)]])
            {
                byte[] body = [.. "WEBPVP8X"u8, 10, 0, 0, 0, 8, 0, 0, 0, 20, 0, 0, 36, 0, 0, .. image, .. "EXIF"u8, (byte)exif.Length, 0, 0, 0, .. exif];
                byte[] size = new byte[4];
                BinaryPrimitives.WriteInt32LittleEndian(size, body.Length);
                ShouldBeTurned(Decode([.. "RIFF"u8, .. size, .. body]), orientation, 21, 37);
            }
        }
    }

    [Fact]
    public void Broken_EXIF_is_ignored()
    {
        byte[] lines = Lines(5, 4), good = Exif(6, true);
        for (int length = 0; length < good.Length; length++) ShouldBeTurned(Decode(TinyImages.Png(5, 4, 8, 2, lines, ("eXIf", good[..length]))), length < 34 ? 1 : 6, 5, 4);
        // Pillow 9.4 too takes 32 bits and the first of two numbers, and no other type.
        foreach (var (at, value, turned) in ((int, byte, int)[])[(0, 9, 1), (4, 255, 1), (7, 255, 1), (24, 1, 1), (24, 2, 1), (24, 4, 6), (24, 5, 1), (24, 7, 1), (26, 2, 6), (30, 9, 1), (30, 0, 1), (31, 1, 1)])
        {
            byte[] broken = [.. good];
            broken[at] = value;
            ShouldBeTurned(Decode(TinyImages.Png(5, 4, 8, 2, lines, ("eXIf", broken))), turned, 5, 4);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    [InlineData(3)]
    public void Large_images_are_decoded_without_a_second_copy(int orientation)
    {
        const int Width = 4200, Height = 4100; // 69 MB as RGBA
        byte[] lines = new byte[Height * Width * 3];
        for (int i = 0; i < lines.Length; i++) lines[i] = (byte)(i / 3 % Width * 7 + i / (3 * Width) * 13 + i % 3);
        var image = Decode(TinyImages.Png(Width, Height, 8, 2, lines, [.. orientation == 0 ? [] : ((string, byte[])[])[("eXIf", Exif(orientation, true))]]));
        (image.Width, image.Height).ShouldBe(orientation == 6 ? (Height, Width) : (Width, Height));
        var pixels = image.Pixels.Span;
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < image.Width; x += 17)
            {
                var (fromX, fromY) = Stored(orientation, x, y, Width, Height);
                if (pixels[3 * (y * image.Width + x) + 1] != (byte)(fromX * 7 + fromY * 13 + 1)) Assert.Fail($"{x}, {y}");
            }
        }
    }

    private static void ShouldBeTheSame(DecodedImage turned, DecodedImage image)
    {
        for (int i = 0; i < image.Width * image.Height; i += 997)
        {
            if (!turned.Pixels.Span.Slice(turned.Pixels.Length - 3 * (i + 1), 3).SequenceEqual(image.Pixels.Span.Slice(3 * i, 3))) Assert.Fail($"pixel {i}");
        }
    }
}
