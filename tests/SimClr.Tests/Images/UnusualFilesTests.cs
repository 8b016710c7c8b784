using System.IO.Compression;
using System.Text;
using SimClr.Images;
using SkiaSharp;

namespace SimClr.Tests.Images;

/// <summary>What formats leave open is read as by Pillow 9.4, whose values are written here.</summary>
public sealed class UnusualFilesTests
{
    private static readonly byte[] Palette = [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9], Other = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    // Screen 3 × 2; the picture has the pixels 1 and 2 of the second row.
    private static byte[] Gif(byte[]? local, byte? transparent) =>
    [
        .. "GIF89a"u8, 3, 0, 2, 0, 0x81, 2, 0, .. Palette, .. transparent is { } index ? new byte[] { 0x21, 0xf9, 4, 1, 0, 0, index, 0 } : [],
        0x2c, 1, 0, 1, 0, 2, 0, 1, 0, (byte)(local is null ? 0 : 0x81), .. local ?? [], 2, 2, 0x8c, 0x0a, 0, 0x3b,
    ];

    [Fact]
    public void What_the_first_picture_of_a_GIF_leaves_uncovered_has_the_first_colour_of_its_palette()
    {
        Pixels(Gif(null, null)).ShouldBe([255, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255]);
        Pixels(Gif(Other, null)).ShouldBe([1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        Pixels(Gif(null, 3)).ShouldBe([255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 255, 0, 0, 0, 255]);
    }

    [Fact]
    public void Of_an_icon_the_largest_image_of_most_bits_is_taken_and_of_equals_the_last()
    {
        byte[] icon = Icon((16, 32, [255, 0, 0]), (16, 8, [0, 255, 0]), (16, 32, [0, 0, 255]), (8, 32, [9, 9, 9]));
        Pixels(icon).ShouldBe([0, 0, 255]);
        foreach (int cut in new[] { 8, 60, icon.Length - 100 })
            Should.Throw<InvalidDataException>(() => Pixels(icon[..cut])).Message.ShouldStartWith("x: the icon is damaged or cut off");
    }

    [Fact]
    public void Indices_beyond_the_palette_of_a_bitmap_are_shades_of_gray() =>
        Pixels(Bitmap(8, used: 2, [0, 0, 255, 0, 0, 255, 0, 0], [0, 1, 5, 200])).ShouldBe([255, 0, 0, 0, 255, 0, 5, 5, 5, 200, 200, 200]);

    [Fact]
    public void Bitmaps_of_16_bits_are_opaque() =>
        Pixels(Bitmap(16, used: 0, [], [0, 0x7c, 0, 0xfc, 0xe0, 3, 0, 0x80], 0x7c00, 0x3e0, 0x1f, 0x8000))
            .ShouldBe([255, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 0]);

    [Theory]
    [InlineData("<rdf:Description tiff:Orientation=\"6\"/>", true)]
    [InlineData("<tiff:Orientation>6</tiff:Orientation>", true)]
    [InlineData("<tiff:Orientation rdf:parseType='x'/><tiff:Orientation>6<", true)]
    [InlineData("<tiff:Orientation>9</tiff:Orientation>", false)]
    [InlineData("<tiff:Orientation>", false)]
    public void An_orientation_in_XMP_turns_the_image(string xmp, bool turns)
    {
        byte[] text = Encoding.UTF8.GetBytes(xmp), packet = [.. "http://ns.adobe.com/xap/1.0/\0"u8, .. text];
        byte[] jpeg = TinyImages.Encode(2, 1, SKEncodedImageFormat.Jpeg, (_, _) => SKColors.Red);
        byte[][] files =
        [
            Png(("iTXt", [.. "XML:com.adobe.xmp\0\0\0\0\0"u8, .. text])), Png(("iTXt", [.. "XML:com.adobe.xmp\0\u0001\0\0\0"u8, .. Packed(text)])),
            [.. jpeg[..2], 0xff, 0xe1, 0, (byte)(packet.Length + 2), .. packet, .. jpeg[2..]],
        ];
        foreach (byte[] file in files) Size(file).ShouldBe(turns ? (1, 2) : (2, 1));
    }

    [Fact]
    public void EXIF_as_text_of_a_PNG_turns_the_image_and_comes_before_XMP()
    {
        byte[] exif = "\nexif\n      32\n4578696600004d4d002a00000008000101120003000000010006000000000000\n"u8.ToArray();
        byte[] upright = Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(exif).Replace("00010006", "00010001", StringComparison.Ordinal));
        (string, byte[]) xmp = ("iTXt", [.. "XML:com.adobe.xmp\0\0\0\0\0<tiff:Orientation>6<"u8]);
        Size(Png(("tEXt", [.. "Raw profile type exif\0"u8, .. exif]))).ShouldBe((1, 2));
        Size(Png(("zTXt", [.. "Raw profile type exif\0\0"u8, .. Packed(exif)]))).ShouldBe((1, 2));
        Size(Png(("tEXt", [.. "Raw profile type exif\0"u8, .. upright]), xmp)).ShouldBe((2, 1));
    }

    [Fact]
    public void Damaged_or_endless_texts_of_a_PNG_are_passed_over()
    {
        byte[] zeros = Packed(new byte[100_000_000]);
        Size(Png(("zTXt", [.. "Raw profile type exif\0\0"u8, .. zeros]))).ShouldBe((2, 1));
        Size(Png(("zTXt", [.. "Raw profile type exif\0\0damage"u8]))).ShouldBe((2, 1));
        Size(Png(("tEXt", [.. "Raw profile type exif\0\nexif\n 3\n4x"u8]))).ShouldBe((2, 1));
        Size(Png(("iTXt", [.. "XML:com.adobe.xmp\0\u0001"u8]))).ShouldBe((2, 1));
    }

    [Fact]
    public void An_image_that_its_PNG_turns_is_also_turned_if_it_is_read_in_rows()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder.At("x.png"), Png(("eXIf", [.. "MM"u8, 0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0])));
        using var image = LargeImage.Open(folder.At("x.png"));
        (image.Width, image.Height).ShouldBe((1, 2));
    }

    private static byte[] Pixels(byte[] file) => ImageDecoder.Decode(file, "x").Checked().Pixels.ToArray();

    private static (int Width, int Height) Size(byte[] file)
    {
        var image = ImageDecoder.Decode(file, "x");
        return (image.Width, image.Height);
    }

    private static byte[] Png(params (string, byte[])[] chunks) => TinyImages.Png(2, 1, 8, 2, [1, 2, 3, 4, 5, 6], chunks);

    private static byte[] Packed(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest)) zlib.Write(bytes);
        return packed.ToArray();
    }

    private static byte[] Icon(params (byte Side, byte Bits, byte[] Color)[] images)
    {
        var files = images.Select(image => TinyImages.Png(1, 1, 8, 2, image.Color)).ToList();
        int start = 6 + 16 * images.Length;
        var entries = images.Select((image, i) => (byte[])
        [
            image.Side, image.Side, 0, 0, 1, 0, image.Bits, 0, .. BitConverter.GetBytes(files[i].Length),
            .. BitConverter.GetBytes(start + files.Take(i).Sum(file => file.Length)),
        ]);
        return [0, 0, 1, 0, (byte)images.Length, 0, .. entries.SelectMany(entry => entry), .. files.SelectMany(file => file)];
    }

    // Four pixels in one row. Masks: BITMAPV5HEADER.
    private static byte[] Bitmap(short bits, int used, byte[] palette, byte[] row, params uint[] masks)
    {
        int head = masks.Length == 0 ? 40 : 124, offset = 14 + head + palette.Length;
        byte[] fields = [.. ((int[])[head, 4, 1, 1 | bits << 16, masks.Length == 0 ? 0 : 3, 0, 0, 0, used, 0]).SelectMany(BitConverter.GetBytes)];
        byte[] more = [.. masks.SelectMany(BitConverter.GetBytes), .. masks.Length == 0 ? [] : "BGRs"u8];
        return
        [
            .. "BM"u8, .. BitConverter.GetBytes(offset + row.Length), 0, 0, 0, 0, .. BitConverter.GetBytes(offset),
            .. fields, .. more, .. new byte[head - 40 - more.Length], .. palette, .. row,
        ];
    }
}
