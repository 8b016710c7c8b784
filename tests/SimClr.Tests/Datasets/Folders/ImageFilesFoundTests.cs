using SimClr.Images;
using SkiaSharp;

namespace SimClr.Tests.Datasets;

/// <summary>
/// Unusual image files: rotated by an unusual EXIF block, truncated, large, or of another format than their extension says.
/// </summary>
public sealed partial class ImageFilesFoundTests
{
    private static DecodedImage Decode(byte[] encoded) => ImageDecoder.Decode(encoded, "x").Checked();

    [Fact]
    public void Truncated_large_images_are_damaged_and_complete_ones_of_every_format_are_read()
    {
        byte[] gray = [.. Enumerable.Range(0, 4200 * 4100).Select(i => (byte)(i * 7 / 4200))];
        byte[] png = TinyImages.Png(4200, 4100, 8, 0, gray);
        Should.Throw<InvalidDataException>(() => Decode(png[..(png.Length / 2)])).Message.ShouldContain("cut off");
        Decode(png).Pixels.Span[^3..].ToArray().ShouldBe([gray[^1], gray[^1], gray[^1]]);

        var bitmap = Decode(TinyImages.Bmp(4201, 4100, 10, 20, 30));
        bitmap.Pixels.Span[^3..].ToArray().ShouldBe([10, 20, 30]);
        bitmap.Pixels.Span.IndexOfAnyExcept(new byte[] { 10, 20, 30 }).ShouldBe(-1);

        // Blocks of one colour: a JPEG block does not depend on its neighbours, except for the interpolation of the colours.
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

    [Fact]
    public void A_GIF_without_its_end_mark_and_a_bitmap_without_its_last_padding_are_complete()
    {
        byte[] gif = TinyImages.Gif(3, 1, [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9], transparent: 1, [0, 2, 0]);
        for (int cut = 0; cut <= 2; cut++) Decode(gif[..^cut]).Pixels.ToArray().ShouldBe([255, 0, 0, 0, 0, 255, 255, 0, 0]);
        Should.Throw<InvalidDataException>(() => Decode(gif[..^3])).Message.ShouldContain("cut off");
        byte[] bitmap = TinyImages.Bmp(3, 2, 10, 20, 30); // 9 bytes per row and 3 bytes of padding
        for (int cut = 0; cut <= 3; cut++) Decode(bitmap[..^cut]).Pixels.ToArray().ShouldBe([.. Enumerable.Repeat(new byte[] { 10, 20, 30 }, 6).SelectMany(p => p)]);
        Should.Throw<InvalidDataException>(() => Decode(bitmap[..^4])).Message.ShouldContain("cut off");
    }

    [Fact]
    public void A_truncated_icon_is_damaged_and_no_smaller_image_is_returned()
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
        { "a HEIC image", [0, 0, 0, 24, .. "ftypheic\0\0\0\0mif1heic"u8] },
        { "a video (MP4", [0, 0, 0, 32, .. "ftypisom\0\0\0\0isomiso2avc1mp41"u8] },
        { "a JPEG 2000 image", [0, 0, 0, 12, .. "jP  \r\n"u8, 0x87, 0x0a] },
        { "a JPEG XL image", [0xff, 0x0a, 0x10, 0x20, 0x30] },
        { "a PDF document", [.. "%PDF-1.7\n"u8] },
        { "a zip archive", [.. "PK"u8, 3, 4, 20, 0] },
        { "nothing but zero bytes", new byte[5000] },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_file_of_another_kind_is_reported_by_its_kind(string kind, byte[] bytes)
    {
        using var temp = new TempFolder();
        string path = temp.Write("photo.jpg", bytes);
        Should.Throw<InvalidDataException>(() => ImageDecoder.Read(path)).Message.ShouldSatisfyAllConditions(
            m => m.ShouldStartWith(path), m => m.ShouldContain(kind), m => m.ShouldNotContain("damaged"));
    }

    [Fact]
    public void The_content_of_an_image_decides_its_format_not_its_name()
    {
        using var temp = new TempFolder();
        ImageDecoder.Read(temp.Write("a.jpg", TinyImages.Png(2, 1, 8, 0, [3, 200]))).Pixels.ToArray().ShouldBe([3, 3, 3, 200, 200, 200]);
    }
}
