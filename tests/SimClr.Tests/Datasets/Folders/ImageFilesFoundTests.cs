using System.Buffers.Binary;
using SimClr.Images;
using SkiaSharp;

namespace SimClr.Tests.Datasets;

/// <summary>Image files as they are found: turned by another kind of EXIF, without their end, large, and of another kind than their name says.</summary>
public sealed class ImageFilesFoundTests
{
    private static DecodedImage Decode(byte[] encoded) => ImageDecoder.Decode(encoded, "x").Checked();

    private static byte[] Exif(int orientation, bool isLittle)
    {
        byte[] exif = isLittle ? [.. "II*\0"u8, 8, 0, 0, 0, 2, 0] : [.. "MM\0*"u8, 0, 0, 0, 8, 0, 2];
        byte[] Short(int value) => isLittle ? [(byte)value, (byte)(value >> 8)] : [(byte)(value >> 8), (byte)value];
        byte[] one = isLittle ? [1, 0, 0, 0] : [0, 0, 0, 1];
        return [.. exif, .. Short(0x0100), .. Short(3), .. one, .. Short(7), 0, 0, .. Short(0x0112), .. Short(3), .. one, .. Short(orientation), 0, 0, 0, 0, 0, 0];
    }

    // What each orientation means, by the table of the EXIF standard: which stored pixel is shown at (x, y).
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
    public void The_orientation_of_a_WebP_is_applied_with_and_without_the_lead_that_JPEG_has()
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
    public void Broken_EXIF_turns_nothing()
    {
        byte[] lines = Lines(5, 4), good = Exif(6, true);
        for (int length = 0; length < good.Length; length++) ShouldBeTurned(Decode(TinyImages.Png(5, 4, 8, 2, lines, ("eXIf", good[..length]))), length < 34 ? 1 : 6, 5, 4);
        foreach (var (at, value) in ((int, byte)[])[(0, 9), (4, 255), (7, 255), (24, 4), (30, 9), (30, 0), (31, 1)])
        {
            byte[] broken = [.. good];
            broken[at] = value;
            ShouldBeTurned(Decode(TinyImages.Png(5, 4, 8, 2, lines, ("eXIf", broken))), 1, 5, 4);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    [InlineData(3)]
    public void Large_images_are_decoded_without_a_second_copy(int orientation)
    {
        const int Width = 4200, Height = 4100; // 69 MB as R, G, B, A
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

    [Fact]
    public void Large_images_that_are_cut_off_are_damaged_and_large_ones_of_every_kind_are_read()
    {
        byte[] gray = [.. Enumerable.Range(0, 4200 * 4100).Select(i => (byte)(i * 7 / 4200))];
        byte[] png = TinyImages.Png(4200, 4100, 8, 0, gray);
        Should.Throw<InvalidDataException>(() => Decode(png[..(png.Length / 2)])).Message.ShouldContain("cut off");
        Decode(png).Pixels.Span[^3..].ToArray().ShouldBe([gray[^1], gray[^1], gray[^1]]);

        var bitmap = Decode(TinyImages.Bmp(4201, 4100, 10, 20, 30));
        bitmap.Pixels.Span[^3..].ToArray().ShouldBe([10, 20, 30]);
        bitmap.Pixels.Span.IndexOfAnyExcept(new byte[] { 10, 20, 30 }).ShouldBe(-1);

        // Blocks of one colour: what a JPEG's block is does not depend on those around it, but for the colours' interpolation.
        byte[] jpeg = TinyImages.Encode(4208, 4112, SKEncodedImageFormat.Jpeg, (x, y) => new SKColor((byte)(x / 16 % 200), (byte)(x / 16 % 200), (byte)(x / 16 % 200)));
        var large = Decode(jpeg);
        for (int y = 0; y < large.Height; y += 8)
        {
            for (int x = 8; x < large.Width; x += 16)
            {
                if (Math.Abs(large.Pixels.Span[3 * (y * large.Width + x)] - x / 16 % 200) > 2) Assert.Fail($"{x}, {y}");
            }
        }
        Should.Throw<InvalidDataException>(() => Decode(jpeg[..(jpeg.Length / 2)])).Message.ShouldContain("cut off");
        ShouldBeTheSame(Decode(TinyImages.WithOrientation(jpeg, 3)), large);
    }

    private static void ShouldBeTheSame(DecodedImage turned, DecodedImage image)
    {
        for (int i = 0; i < image.Width * image.Height; i += 997)
        {
            if (!turned.Pixels.Span.Slice(turned.Pixels.Length - 3 * (i + 1), 3).SequenceEqual(image.Pixels.Span.Slice(3 * i, 3))) Assert.Fail($"pixel {i}");
        }
    }

    [Fact]
    public void A_GIF_without_its_last_two_bytes_and_a_bitmap_without_its_last_padding_have_all_their_pixels()
    {
        byte[] gif = TinyImages.Gif(3, 1, [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9], transparent: 1, [0, 2, 0]);
        for (int cut = 0; cut <= 2; cut++) Decode(gif[..^cut]).Pixels.ToArray().ShouldBe([255, 0, 0, 0, 0, 255, 255, 0, 0]);
        Should.Throw<InvalidDataException>(() => Decode(gif[..^3])).Message.ShouldContain("cut off");
        byte[] bitmap = TinyImages.Bmp(3, 2, 10, 20, 30); // 9 bytes a row and 3 that fill it up
        for (int cut = 0; cut <= 3; cut++) Decode(bitmap[..^cut]).Pixels.ToArray().ShouldBe([.. Enumerable.Repeat(new byte[] { 10, 20, 30 }, 6).SelectMany(p => p)]);
        Should.Throw<InvalidDataException>(() => Decode(bitmap[..^4])).Message.ShouldContain("cut off");
    }

    [Fact]
    public void An_icon_that_is_cut_off_is_damaged_rather_than_smaller()
    {
        byte[] Side(int side) => TinyImages.Encode(side, side, SKEncodedImageFormat.Png, (x, y) => new SKColor((byte)(x * 8), (byte)(y * 8), (byte)side));
        byte[] small = Side(16), large = Side(24), head = [0, 0, 1, 0, 2, 0];
        byte[] Entry(byte side, int length, int offset) => [side, side, 0, 0, 1, 0, 32, 0, .. BitConverter.GetBytes(length), .. BitConverter.GetBytes(offset)];
        byte[] icon = [.. head, .. Entry(16, small.Length, 38), .. Entry(24, large.Length, 38 + small.Length), .. small, .. large];
        Decode(icon).Width.ShouldBe(24);
        for (int length = 0; length < icon.Length; length++) Should.Throw<InvalidDataException>(() => Decode(icon[..length]), $"{length} of {icon.Length} bytes");
        icon[38 + small.Length] ^= 1; // no PNG any more
        Should.Throw<InvalidDataException>(() => Decode(icon)).Message.ShouldContain("icon is damaged");
    }

    public static TheoryData<string, byte[]> Kinds => new()
    {
        { "a pointer of Git LFS", [.. "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"u8] },
        { "a pointer of git-annex", [.. "/annex/objects/SHA256E-s12345--4d7a.jpg\n"u8] },
        { "a web page", [.. "\n <!DOCTYPE html><html><body>404</body></html>"u8] },
        { "a web page", [0xef, 0xbb, 0xbf, .. "<HTML>"u8] },
        { "an SVG drawing", [.. "<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>"u8] },
        { "an AVIF image", [0, 0, 0, 32, .. "ftypavif\0\0\0\0avifmif1miaf"u8] },
        { "a HEIC image", [0, 0, 0, 24, .. "ftypheic\0\0\0\0mif1heic"u8] },
        { "a video (MP4", [0, 0, 0, 32, .. "ftypisom\0\0\0\0isomiso2avc1mp41"u8] },
        { "a JPEG 2000 image", [0, 0, 0, 12, .. "jP  \r\n"u8, 0x87, 0x0a] },
        { "a JPEG XL image", [0xff, 0x0a, 0x10, 0x20, 0x30] },
        { "a TIFF image", [.. "II*\0"u8, 8, 0, 0, 0, 0, 0] },
        { "a TIFF image", [.. "MM\0*"u8, 0, 0, 0, 8, 0, 0] },
        { "a PDF document", [.. "%PDF-1.7\n"u8] },
        { "a zip archive", [.. "PK"u8, 3, 4, 20, 0] },
        { "a Netpbm image", [.. "P6\n3 2\n255\n"u8] },
        { "nothing but zero bytes", new byte[5000] },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_file_of_another_kind_is_named_for_what_it_is(string kind, byte[] bytes)
    {
        using var temp = new TempFolder();
        string path = temp.Write("photo.jpg", bytes);
        Should.Throw<InvalidDataException>(() => ImageDecoder.Read(path)).Message.ShouldSatisfyAllConditions(
            m => m.ShouldStartWith(path), m => m.ShouldContain(kind), m => m.ShouldNotContain("damaged"));
    }

    [Fact]
    public void What_an_image_is_decides_and_not_its_name()
    {
        using var temp = new TempFolder();
        ImageDecoder.Read(temp.Write("a.jpg", TinyImages.Png(2, 1, 8, 0, [3, 200]))).Pixels.ToArray().ShouldBe([3, 3, 3, 200, 200, 200]);
    }
}
