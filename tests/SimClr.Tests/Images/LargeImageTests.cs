using SimClr.Images;
using SkiaSharp;

namespace SimClr.Tests.Images;

public sealed class LargeImageTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Bands_of_rows_are_the_rows_of_the_whole_image(int rows)
    {
        static ulong Value(int x, int y, int s) => (ulong)(x * 7 + y * 13 + s * 50) & 255;
        static SKColor Color(int x, int y) => new((byte)(5 * x), (byte)(3 * y), (byte)(x + y), (byte)(255 - x));
        var tiff = new TinyTiff(70, 45, 4, 8) { Photometric = 2, Extra = [2] };
        (string, byte[])[] files =
        [
            ("strips.tif", tiff.Write(Value)), ("tiles.tif", (tiff with { Tile = 16 }).Write(Value)),
            ("planes.tif", (tiff with { IsPlanar = true, Compression = 5 }).Write(Value)), ("turned.tif", (tiff with { Orientation = 6 }).Write(Value)),
            ("x.png", TinyImages.Encode(70, 45, SKEncodedImageFormat.Png, Color)), ("x.jpg", TinyImages.Encode(70, 45, SKEncodedImageFormat.Jpeg, Color)),
            ("turned.jpg", TinyImages.WithOrientation(TinyImages.Encode(70, 45, SKEncodedImageFormat.Jpeg, Color), 8)),
            ("x.webp", TinyImages.Encode(70, 45, SKEncodedImageFormat.Webp, Color)), ("x.ppm", [.. "P6 2 2 255\n"u8, .. new byte[12]]),
        ];
        foreach (var (name, file) in files)
        {
            foreach (var options in (DecodeOptions?[])[null, new() { Channels = [3, 1] }])
            {
                string path = temp.Write(name, file);
                var whole = ImageDecoder.Read(path, null, options);
                using var image = LargeImage.Open(path, options);
                (image.Width, image.Height, image.Channels, image.Type).ShouldBe((whole.Width, whole.Height, whole.Channels, whole.Type), name);
                var bytes = new List<byte>();
                while (image.NextRow < image.Height) bytes.AddRange(image.ReadRows(rows).Checked().Bytes.Span);
                bytes.ToArray().AsSpan().SequenceEqual(whole.Bytes.Span).ShouldBeTrue(name);
                Should.Throw<InvalidOperationException>(() => image.ReadRows(1));
            }
        }
    }

    [Fact]
    public void A_TIFF_beyond_the_limit_of_whole_images_is_read_in_bands()
    {
        string path = temp.At("large.tif");
        const int Side = 12_000; // 144 million pixels
        File.WriteAllBytes(path, LargeTiff(Side));
        Should.Throw<InvalidDataException>(() => ImageDecoder.Read(path)).Message.ShouldContain("are more than the 128000000");
        using var image = LargeImage.Open(path);
        (image.Width, image.Height).ShouldBe((Side, Side));
        long sum = 0;
        while (image.NextRow < Side) foreach (byte value in image.ReadRows(512).Pixels.Span[..Side]) sum += value;
        sum.ShouldBe(0);
    }

    [Fact]
    public void A_truncated_file_gives_the_rows_before_its_damage_and_then_a_refusal()
    {
        byte[] file = new TinyTiff(70, 45, 1, 8).Write((x, y, _) => (ulong)(x + y));
        // The directory lies at the end: one strip in the middle is moved behind it.
        int offsets = file.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[17, 1, 4, 0]); // tag 273
        int list = BitConverter.ToInt32(file, offsets + 8);
        BitConverter.GetBytes(file.Length - 10).CopyTo(file, list + 4 * 7);
        using var image = LargeImage.Open(temp.Write("cut.tif", file));
        image.ReadRows(21).Height.ShouldBe(21);
        Should.Throw<InvalidDataException>(() => image.ReadRows(1)).Message.ShouldContain("cut.tif: the TIFF is damaged or cut off");
    }

    // One strip of Deflate for all rows that share it would be larger: every strip is the same bytes of the file.
    private static byte[] LargeTiff(int side)
    {
        const int Rows = 100;
        byte[] one = new TinyTiff(side, Rows, 1, 8) { Compression = 8, Rows = Rows }.Write((_, _, _) => 0);
        using var file = new MemoryStream();
        file.Write(one);
        int strips = side / Rows;
        int Entry(byte tag) => one.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[tag, 1]);
        foreach (byte tag in (byte[])[17, 23]) // 273 and 279: where the strips are, and how long
        {
            int at = Entry(tag), value = BitConverter.ToInt32(one, at + 8), list = (int)file.Length;
            for (int i = 0; i < strips; i++) file.Write(BitConverter.GetBytes(value));
            file.GetBuffer().AsSpan(at + 4, 4).Clear();
            BitConverter.GetBytes(strips).CopyTo(file.GetBuffer(), at + 4);
            BitConverter.GetBytes(list).CopyTo(file.GetBuffer(), at + 8);
        }
        BitConverter.GetBytes(side).CopyTo(file.GetBuffer(), one.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[1, 1, 4, 0]) + 8); // 257: the height
        return file.ToArray();
    }
}
