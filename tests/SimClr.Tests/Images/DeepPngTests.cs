using SimClr.Images;

namespace SimClr.Tests.Images;

public sealed class DeepPngTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 3)]
    public void Sixteen_bits_keep_all_their_values(byte colorType, int channels)
    {
        var values = Values(17 * 9 * channels);
        var image = Decode(TinyImages.Png(17, 9, 16, colorType, Bytes(values)));
        (image.Width, image.Height, image.Channels, image.Type).ShouldBe((17, 9, 3, PixelType.UInt16));
        image.Values<ushort>().ToArray().ShouldBe(channels == 3 ? values : [.. values.SelectMany(v => new[] { v, v, v })]);
    }

    [Fact]
    public void Opacity_is_composited_on_white_or_a_channel_that_can_be_chosen()
    {
        byte[] file = TinyImages.Png(2, 1, 16, 6, Bytes([1000, 2000, 3000, 40000, 9, 8, 7, 0]));
        static ushort OnWhite(double v) => (ushort)Math.Round((v * 40000 + 65535.0 * 25535) / 65535);
        Decode(file).Values<ushort>().ToArray().ShouldBe([OnWhite(1000), OnWhite(2000), OnWhite(3000), 65535, 65535, 65535]);
        Decode(file, [4, 3]).Values<ushort>().ToArray().ShouldBe([40000, 3000, 0, 7]);
        byte[] clear = TinyImages.Png(2, 1, 16, 0, Bytes([500, 501]), ("tRNS", [500 >> 8, 500 & 255]));
        Decode(clear).Values<ushort>().ToArray().ShouldBe([65535, 65535, 65535, 501, 501, 501]);
    }

    // The definition of the filters and of the seven passes, PNG, third edition, 8 and 9.
    [Fact]
    public void Every_filter_and_interlacing_are_undone()
    {
        const int Width = 11, Height = 13, Pixel = 6;
        byte[] pixels = Bytes(Values(Width * Height * 3));
        foreach (bool isInterlaced in (bool[])[false, true])
        {
            (int X, int Y, int Right, int Down)[] passes = isInterlaced
                ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)] : [(0, 0, 1, 1)];
            var lines = new List<byte>();
            foreach (var pass in passes)
            {
                byte[] above = new byte[(Width - pass.X + pass.Right - 1) / pass.Right * Pixel];
                int filter = 0;
                for (int y = pass.Y; y < Height; y += pass.Down, filter = (filter + 1) % 5)
                {
                    byte[] line = [.. from x in Enumerable.Range(0, Width) where x >= pass.X && (x - pass.X) % pass.Right == 0
                        from b in Enumerable.Range(0, Pixel) select pixels[(y * Width + x) * Pixel + b]];
                    lines.Add((byte)filter);
                    lines.AddRange(line.Select((v, i) => (byte)(v - Predicted(filter, i < Pixel ? 0 : line[i - Pixel], above[i], i < Pixel ? 0 : above[i - Pixel]))));
                    above = line;
                }
            }
            // TinyImages puts a filter of 0 before each of its lines: here all is one line, and its first filter is the first of ours.
            byte[] file = TinyImages.Png(Width, 1, 16, 2, [.. lines.Skip(1)]);
            file[23] = Height;
            file[28] = (byte)(isInterlaced ? 1 : 0);
            var image = Decode(TinyImages.Resealed(file));
            Bytes(image.Values<ushort>().ToArray()).ShouldBe(pixels, $"interlaced: {isInterlaced}");
        }
    }

    [Fact]
    public void A_damaged_or_truncated_PNG_is_refused()
    {
        byte[] values = Bytes(Values(9 * 7 * 3)), whole = TinyImages.Png(9, 7, 16, 2, values);
        int most = 3 + 4 + 4 + 12; // the end of the deflate stream, two checksums and IEND: no pixel is missing without them
        for (int length = 1; length < whole.Length; length++)
        {
            if (length < whole.Length - most)
                Should.Throw<InvalidDataException>(() => Decode(whole[..length]), $"{length}").Message.ShouldStartWith("x");
            else RefusedOrWhole(whole[..length], $"{length}");
        }
        for (int at = 8; at < whole.Length - 12; at++)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0x10;
            RefusedOrWhole(damaged, $"{at}"); // a wrong length of the last chunk of pixels loses none of them
        }

        void RefusedOrWhole(byte[] file, string what)
        {
            if (Record.Exception(() => Decode(file)) is { } refusal) refusal.ShouldBeOfType<InvalidDataException>(what).Message.ShouldStartWith("x");
            else Bytes(Decode(file).Values<ushort>().ToArray()).ShouldBe(values, what);
        }
    }

    // RFC 1950: a stream may need a dictionary that the reader is to have. .NET calls that an error of the input and output.
    [Fact]
    public void A_stream_with_a_dictionary_is_damage_of_the_file()
    {
        byte[] stream = [0x78, 0x20, 0, 0, 0, 1];
        Should.Throw<InvalidDataException>(() => Decode(TinyImages.Png(3, 2, 16, 0, Bytes(Values(6)), ("IDAT", stream)))).Message
            .ShouldStartWith("x: the PNG is damaged");
        byte[] profile = [.. "Raw profile type exif\0\0"u8, .. stream];
        Decode(TinyImages.Png(3, 2, 8, 0, [1, 2, 3, 4, 5, 6], ("zTXt", profile)), [1]).Values<byte>().ToArray().ShouldBe([1, 2, 3, 4, 5, 6]);
    }

    private static int Predicted(int filter, int left, int up, int corner)
    {
        int p = left + up - corner;
        int[] nearest = [.. new[] { left, up, corner }.OrderBy(v => Math.Abs(p - v))];
        return filter switch { 1 => left, 2 => up, 3 => (left + up) / 2, 4 => nearest[0], _ => 0 };
    }

    private static ushort[] Values(int count) => [.. Enumerable.Range(0, count).Select(i => (ushort)(i * 7919 + i * i * 31))];

    private static byte[] Bytes(ushort[] values) => [.. values.SelectMany(v => new[] { (byte)(v >> 8), (byte)v })];

    private static DecodedImage Decode(byte[] file, int[]? channels = null) =>
        ImageDecoder.Decode(file, "x", null, new DecodeOptions { Channels = channels ?? [] }).Checked();
}
