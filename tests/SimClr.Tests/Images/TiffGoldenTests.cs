using SimClr.Images;

namespace SimClr.Tests.Images;

/// <summary>Files that Pillow, libtiff, avifenc and GDAL wrote; <c>Goldens/make*.py</c> have the formulas of their pixels.</summary>
public sealed class TiffGoldenTests
{
    private const int Width = 40, Height = 24;

    [Theory]
    [InlineData("lzw.tif")]
    [InlineData("deflate.tif")]
    [InlineData("lossless.avif")]
    public void Lossless_files_have_the_pixels_that_were_written(string name)
    {
        var image = Read(name);
        (image.Width, image.Height, image.Channels).ShouldBe((Width, Height, 3));
        image.Values<byte>().ToArray().ShouldBe([.. Pixels((x, y, c) => (byte)(3 * x + 2 * y + 40 * c))]);
    }

    [Theory]
    [InlineData("jpeg.tif", 40)]
    [InlineData("jpeg-gray.tif", 0)]
    [InlineData("jpeg-ycbcr.tif", 40)]
    public void JPEG_in_a_TIFF_is_close(string name, int step)
    {
        var image = Read(name);
        (image.Width, image.Height, image.Channels).ShouldBe((Width, Height, 3));
        byte[] expected = [.. Pixels((x, y, c) => (byte)(3 * x + 2 * y + step * c))];
        image.Values<byte>().ToArray().Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(6);
    }

    [Theory]
    [InlineData("group3.tif")]
    [InlineData("group4.tif")]
    [InlineData("tiff_ccitt.tif")]
    public void Fax_compressions_give_black_and_white(string name) =>
        Read(name).Values<byte>().ToArray().ShouldBe([.. Pixels((x, y, _) => (byte)(x * y % 5 > 2 ? 255 : 0))]);

    [Fact]
    public void The_predictor_of_floats_is_undone() =>
        Read("floats.tif").Values<float>().ToArray().ShouldBe([.. Pixels((x, y, _) => (3 * x + 2 * y) / 4f)]);

    [Fact]
    public void Tiles_that_are_not_stored_have_the_value_of_no_data() => Read("sparse-tiles.tif").Values<ushort>().ToArray()
        .ShouldBe([.. Pixels((x, y, c) => (ushort)(x is >= 16 and < 32 && y < 16 ? 7 : 3 * x + 2 * y + 40 * c))]);

    [Fact]
    public void A_float_that_means_no_data_is_NaN() => Read("no-data.tif").Values<float>().ToArray()
        .ShouldBe([.. Pixels((x, y, c) => x > 30 ? float.NaN : 3 * x + 2 * y + 40 * c)]);

    [Fact]
    public void Strips_that_are_not_stored_are_zero() => Read("sparse-strips.tif").Values<float>().ToArray()
        .ShouldBe([.. Pixels((x, y, c) => c > 0 && y is >= 8 and < 16 ? 0f : 3 * x + 2 * y + 40 * c)]);

    [Fact]
    public void Differences_of_64_bits_are_summed_up() => Read("differences64.tif").Values<float>().ToArray()
        .ShouldBe([.. Pixels((x, y, c) => (3 * x + 2 * y + 40 * c) / 4f)]);

    [Fact]
    public void A_BigTIFF_in_big_endian_order_is_refused_with_the_command() =>
        Should.Throw<InvalidDataException>(() => ImageDecoder.Decode("MM\0+\0\u0008\0\0"u8, "x.tif")).Message
            .ShouldBe("x.tif is a BigTIFF in big-endian order, which is not read: tiffcp -L IN OUT converts it.");

    [Fact]
    public void A_truncated_AVIF_is_refused()
    {
        byte[] whole = File.ReadAllBytes(PathOf("lossless.avif"));
        foreach (int length in (int[])[20, 60, 300, whole.Length - 200, whole.Length - 20])
            Should.Throw<InvalidDataException>(() => ImageDecoder.Decode(whole.AsSpan(0, length), "x")).Message.ShouldStartWith("x");
    }

    private static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Images", "Goldens", name);

    private static DecodedImage Read(string name) => ImageDecoder.Read(PathOf(name)).Checked();

    private static IEnumerable<T> Pixels<T>(Func<int, int, int, T> value) =>
        from y in Enumerable.Range(0, Height) from x in Enumerable.Range(0, Width) from c in Enumerable.Range(0, 3) select value(x, y, c);
}
