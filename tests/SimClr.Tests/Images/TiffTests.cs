using System.Buffers.Binary;
using SimClr.Images;

namespace SimClr.Tests.Images;

/// <summary>TIFFs written from the specification, without LibTiff (<see cref="TinyTiff"/>).</summary>
public sealed class TiffTests
{
    private const int Width = 37, Height = 21;

    public static TheoryData<int, int, bool, bool, int, bool> Layouts()
    {
        var layouts = new TheoryData<int, int, bool, bool, int, bool>();
        foreach (int compression in (int[])[1, 5, 8, 32773])
            foreach (int samples in (int[])[1, 3, 7])
                foreach (bool isPlanar in (bool[])[false, true])
                    foreach (int tile in (int[])[0, 16])
                        layouts.Add(compression, samples, isPlanar, tile == 16, 8 * (1 + (compression + samples) % 2), (samples + tile) % 3 == 0);
        return layouts;
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Strips_and_tiles_of_every_lossless_compression_give_the_samples_that_were_written(
        int compression, int samples, bool isPlanar, bool isTiled, int bits, bool isBigEndian)
    {
        ulong Value(int x, int y, int s) => (ulong)(x * 31 + y * 7 * (x + 1) + s * 1001) & (1UL << bits) - 1;
        byte[] file = new TinyTiff(Width, Height, samples, bits)
        {
            Compression = compression,
            Photometric = samples == 3 ? 2 : 1,
            IsPlanar = isPlanar,
            Tile = isTiled ? 16 : 0,
            IsBigEndian = isBigEndian,
            Extra = samples > 3 ? new int[samples - 1] : [],
        }.Write(Value);

        var image = Decode(file);

        (image.Width, image.Height, image.Channels, image.Type).ShouldBe(
            (Width, Height, samples == 1 ? 3 : samples, bits == 8 ? PixelType.UInt8 : PixelType.UInt16));
        Numbers(image).ShouldBe(Expected(image, (x, y, c) => Value(x, y, samples == 1 ? 0 : c)));
    }

    [Theory]
    [InlineData(1, 1, 255)]
    [InlineData(2, 1, 85)]
    [InlineData(4, 1, 17)]
    [InlineData(8, 1, 1)]
    [InlineData(10, 1, 1)]
    [InlineData(12, 1, 1)]
    [InlineData(14, 3, 1)]
    [InlineData(4, 3, 17)]
    public void Up_to_eight_bits_have_the_full_range_and_up_to_sixteen_the_values_of_the_file(int bits, int samples, int factor)
    {
        ulong Value(int x, int y, int s) => (ulong)(x + y * 3 + s) % (1UL << bits);
        foreach (bool isPlanar in (bool[])[false, true])
        {
            var image = Decode(new TinyTiff(Width, Height, samples, bits) { Photometric = samples == 3 ? 2 : 1, IsPlanar = isPlanar }.Write(Value));
            image.Type.ShouldBe(bits > 8 ? PixelType.UInt16 : PixelType.UInt8);
            Numbers(image).ShouldBe(Expected(image, (x, y, c) => (double)factor * Value(x, y, samples == 1 ? 0 : c)));
        }
    }

    public static TheoryData<int, int> Wide => new() { { 1, 32 }, { 1, 64 }, { 2, 8 }, { 2, 16 }, { 2, 32 }, { 2, 64 }, { 3, 16 }, { 3, 32 }, { 3, 64 } };

    [Theory]
    [MemberData(nameof(Wide))]
    public void Signed_and_wide_integers_and_all_floats_become_float32_with_the_values_of_the_file(int format, int bits)
    {
        double Value(int x, int y) => format == 1 ? x * 1000 + y : format == 2 ? (x - 18) * 3 - y : (x - 18) / 8.0 + y;
        ulong Bits(int x, int y, int s) => (format, bits) switch
        {
            (3, 16) => BitConverter.HalfToUInt16Bits((Half)Value(x, y)),
            (3, 32) => BitConverter.SingleToUInt32Bits((float)Value(x, y)),
            (3, 64) => BitConverter.DoubleToUInt64Bits(Value(x, y)),
            _ => (ulong)(long)Value(x, y) & (bits == 64 ? ulong.MaxValue : (1UL << bits) - 1),
        };
        foreach (bool isBigEndian in (bool[])[false, true])
        {
            var image = Decode(new TinyTiff(Width, Height, 1, bits) { Format = format, IsBigEndian = isBigEndian }.Write(Bits));
            image.Type.ShouldBe(PixelType.Float32);
            Numbers(image).ShouldBe(Expected(image, (x, y, c) => Value(x, y)));
        }
    }

    [Fact]
    public void White_is_zero_palettes_Lab_and_CMYK_become_RGB_as_the_specification_says()
    {
        Numbers(Decode(new TinyTiff(2, 1, 1, 8) { Photometric = 0 }.Write((x, _, _) => (ulong)x * 200))).ShouldBe([255, 255, 255, 55, 55, 55]);
        Numbers(Decode(new TinyTiff(2, 1, 1, 1) { Photometric = 0 }.Write((x, _, _) => (ulong)x))).ShouldBe([255, 255, 255, 0, 0, 0]);
        ushort[] palette = [.. Enumerable.Range(0, 3).SelectMany(c => Enumerable.Range(0, 16).Select(i => (ushort)(257 * (i * 3 + c * 80))))];
        Numbers(Decode(new TinyTiff(3, 1, 1, 4) { Photometric = 3, Palette = palette }.Write((x, _, _) => (ulong)x * 5)))
            .ShouldBe([0, 80, 160, 15, 95, 175, 30, 110, 190]);
        Numbers(Decode(new TinyTiff(1, 1, 4, 8) { Photometric = 5 }.Write((_, _, s) => (ulong)((int[])[51, 102, 0, 51])[s])))
            .ShouldBe([204 * 204 / 255.0, 153 * 204 / 255.0, 204], 0.5);
        int[][] whiteAndRed = [[255, 0, 0], [138, 81, 70]]; // L* 54.3, a* 80.8, b* 69.9 at D50 is the red of sRGB
        Numbers(Decode(new TinyTiff(2, 1, 3, 8) { Photometric = 8 }.Write((x, _, s) => (ulong)whiteAndRed[x][s]))).ShouldBe([255, 255, 255, 255, 0, 0], 5);
    }

    [Fact]
    public void Opacity_is_composited_on_white_and_other_extra_samples_are_channels()
    {
        ulong[] pixel = [100, 50, 0, 128];
        TinyTiff Of(params int[] extra) => new(1, 1, 4, 8) { Photometric = 2, Extra = extra };
        Numbers(Decode(Of(2).Write((_, _, s) => pixel[s]))).ShouldBe([.. pixel[..3].Select(v => Math.Round((v * 128.0 + 255 * 127) / 255))]);
        Numbers(Decode(Of(1).Write((_, _, s) => pixel[s]))).ShouldBe([227, 177, 127]);
        Numbers(Decode(Of(0).Write((_, _, s) => pixel[s]))).ShouldBe([100, 50, 0, 128]);
        Numbers(Decode(new TinyTiff(1, 1, 2, 16) { Extra = [2] }.Write((_, _, s) => s == 0 ? 1000UL : 65535))).ShouldBe([1000, 1000, 1000]);
        Numbers(Decode(new TinyTiff(1, 1, 2, 16).Write((_, _, s) => s == 0 ? 1000UL : 7))).ShouldBe([1000, 7]);
    }

    [Fact]
    public void Channels_are_chosen_and_reordered_and_a_missing_one_is_named()
    {
        byte[] file = new TinyTiff(2, 2, 4, 16) { Photometric = 2, Extra = [2] }.Write((x, y, s) => (ulong)(100 * s + 10 * y + x));
        Numbers(Decode(file, new DecodeOptions { Channels = [4, 1] })).ShouldBe([300, 0, 301, 1, 310, 10, 311, 11]);
        Should.Throw<InvalidDataException>(() => Decode(file, new DecodeOptions { Channels = [1, 9] })).Message
            .ShouldBe("x: channel 9 is chosen, and the image has 4.");
    }

    [Fact]
    public void Pages_become_channels_except_reduced_copies_and_must_be_alike()
    {
        var page = new TinyTiff(5, 4, 1, 16);
        (TinyTiff, Func<int, int, int, ulong>) Page(int number) => (page, (x, y, _) => (ulong)(1000 * number + 10 * y + x));
        byte[] file = TinyTiff.Write(Page(0), Page(1), (page with { Width = 2, Height = 2, IsReducedCopy = true }, (_, _, _) => 9), Page(2), Page(3));
        Decode(file).Channels.ShouldBe(3);
        Numbers(Decode(file)).ShouldBe(Expected(Decode(file), (x, y, _) => 10 * y + x));
        var stack = Decode(file, new DecodeOptions { Pages = ImagePages.Channels });
        (stack.Channels, stack.Type).ShouldBe((4, PixelType.UInt16));
        Numbers(stack).ShouldBe(Expected(stack, (x, y, c) => 1000 * c + 10 * y + x));
        byte[] unlike = TinyTiff.Write(Page(0), (page with { Bits = 8 }, (_, _, _) => 9));
        Should.Throw<InvalidDataException>(() => Decode(unlike, new DecodeOptions { Pages = ImagePages.Channels })).Message
            .ShouldContain("page 2 has 5 × 4 pixels of UInt8, and the first has 5 × 4 of UInt16");
    }

    [Theory]
    [InlineData(1, "### #.. ##. #.. #..")]
    [InlineData(2, "### ..# .## ..# ..#")]
    [InlineData(3, "..# ..# .## ..# ###")]
    [InlineData(4, "#.. #.. ##. #.. ###")]
    [InlineData(5, "##### #.#.. #....")]
    [InlineData(6, "#.... #.#.. #####")]
    [InlineData(7, "....# ..#.# #####")]
    [InlineData(8, "##### ..#.# ....#")]
    public void The_orientation_turns_the_image_upright(int orientation, string stored)
    {
        string[] rows = stored.Split(' ');
        var image = Decode(new TinyTiff(rows[0].Length, rows.Length, 3, 16) { Photometric = 2, Orientation = orientation }
            .Write((x, y, s) => rows[y][x] == '#' ? 1UL : 60000));
        (image.Width, image.Height).ShouldBe((3, 5));
        string.Join(' ', Numbers(image).Chunk(9).Select(row => string.Concat(row.Chunk(3).Select(p => p[0] == 1 ? '#' : '.'))))
            .ShouldBe("### #.. ##. #.. #..");
    }

    [Fact]
    public void A_BigTIFF_is_read_like_a_TIFF()
    {
        var image = Decode(new TinyTiff(Width, Height, 3, 8) { Photometric = 2, IsBig = true }.Write((x, y, s) => (ulong)(x + y + 50 * s)));
        Numbers(image).ShouldBe(Expected(image, (x, y, c) => x + y + 50 * c));
    }

    [Fact]
    public void A_truncated_TIFF_is_refused_at_every_length()
    {
        foreach (int compression in (int[])[1, 5, 8, 32773])
        {
            foreach (int tile in (int[])[0, 16])
            {
                byte[] whole = new TinyTiff(20, 6, 1, 8) { Compression = compression, Tile = tile }.Write((x, y, _) => (ulong)(x * 37 * (y + 3) % 256));
                for (int length = 1; length < whole.Length - 4; length++)
                    Should.Throw<InvalidDataException>(() => Decode(whole[..length]), $"{compression} {tile}: {length}").Message.ShouldStartWith("x");
            }
        }
    }

    [Fact]
    public void Unknown_compressions_and_sizes_beyond_the_limit_are_refused_by_name()
    {
        Should.Throw<InvalidDataException>(() => Decode(new TinyTiff(4, 4, 1, 8) { Compression = 50000 }.Write((_, _, _) => 1))).Message
            .ShouldBe("x: the TIFF is compressed by ZSTD, which is not read: tiffcp -c lzw IN OUT converts it.");
        Should.Throw<InvalidDataException>(() => Decode(new TinyTiff(4, 4, 1, 24).Write((_, _, _) => 1))).Message.ShouldContain("24 bits");
        byte[] huge = new TinyTiff(7, 5, 1, 8) { Rows = 1 << 20 }.Write((_, _, _) => 1);
        int width = huge.AsSpan().IndexOf((ReadOnlySpan<byte>)[0, 1, 4, 0, 1, 0, 0, 0, 7, 0, 0, 0]);
        (huge[width + 10], huge[width + 22]) = (9, 9); // 589,831 × 589,829
        Should.Throw<InvalidDataException>(() => Decode(huge)).Message.ShouldContain("pixels are more than the 128000000 that are decoded");
    }

    // LibTiff.NET allocates what a directory says, before anything is checked: gigabytes for these files.
    [Theory]
    [InlineData(257 - 256, 8, 2000000000, "its 7 × 2000000000 pixels are in 666666667 strips or tiles, and it has 2.")]
    [InlineData(257 - 256, 8, 2000000000, "its 7 × 2000000000 pixels are in 666666667 strips or tiles, and it has 2.", 4)] // the count of a number
    [InlineData(278 - 256, 4, 1000000000, "its field 278 has 1000000000 values.")]
    [InlineData(279 - 256, 4, 500000000, "its field 279 has 500000000 values.")]
    [InlineData(279 - 256, 8, 2000000000, "the first 0 of its 4 rows can be read.")]
    public void What_a_damaged_directory_promises_is_not_allocated(byte tag, int at, int value, string why, byte count = 1)
    {
        byte[] file = new TinyTiff(7, 4, 1, 8) { Compression = 8, Rows = at == 8 && tag == 279 - 256 ? 4 : 3 }.Write((_, _, _) => 1);
        int field = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[tag, 1, 4, 0]);
        if (at == 8) file[field + 4] = count;
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(field + at), value);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<InvalidDataException>(() => Decode(file)).Message.ShouldBe($"x: the TIFF is damaged or cut off: {why}");
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(10_000_000);
    }

    [Fact]
    public void What_is_encoded_as_TIFF_is_decoded_to_the_same_values()
    {
        var random = new Random(5);
        foreach (int channels in (int[])[1, 2, 3, 4, 6])
        {
            foreach (var (type, size) in ((PixelType, int)[])[(PixelType.UInt8, 1), (PixelType.UInt16, 2), (PixelType.Float32, 4)])
            {
                byte[] bytes = new byte[300 * 101 * channels * size];
                random.NextBytes(bytes);
                var image = new DecodedImage(bytes, 300, 101, channels, type);
                var back = Decode(ImageEncoder.Tiff(image), channels == 1 ? new DecodeOptions { Channels = [1] } : null);
                (back.Width, back.Height, back.Channels, back.Type).ShouldBe((300, 101, channels, type));
                back.Bytes.Span.SequenceEqual(bytes).ShouldBeTrue($"{channels} channels of {type}");
            }
        }
    }

    private static DecodedImage Decode(byte[] file, DecodeOptions? options = null) => ImageDecoder.Decode(file, "x", null, options).Checked();

    private static double[] Numbers(DecodedImage image) => image.Type switch
    {
        PixelType.UInt8 => [.. image.Values<byte>().ToArray()],
        PixelType.UInt16 => [.. image.Values<ushort>().ToArray()],
        _ => [.. image.Values<float>().ToArray()],
    };

    private static double[] Expected(DecodedImage image, Func<int, int, int, double> value) =>
        [.. from y in Enumerable.Range(0, image.Height) from x in Enumerable.Range(0, image.Width) from c in Enumerable.Range(0, image.Channels) select value(x, y, c)];
}
