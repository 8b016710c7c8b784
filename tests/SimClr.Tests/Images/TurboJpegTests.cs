using SimClr.Datasets;
using SimClr.Images;
using SimClr.Tests.Datasets;
using SkiaSharp;

namespace SimClr.Tests.Images;

public sealed class TurboJpegTests
{
    private static readonly int[] Divisors = [1, 2, 4, 8];

    public TurboJpegTests() => Assert.SkipWhen(TurboJpeg.Name is null, "needs libturbojpeg (Debian: libturbojpeg0)");

    [Fact]
    public void Original_photographs_get_SkiaSharps_pixels_at_every_size()
    {
        using var temp = new TempFolder();
        SharedData.Unpack("caltech101-originals-sample.tar", temp.Root);
        var photographs = ImageDatasets.Open(temp.At("caltech101-originals-sample"), DatasetPart.Train);
        for (int i = 0; i < photographs.Count; i++)
        {
            byte[] encoded = File.ReadAllBytes(photographs.Describe(i));
            foreach (int by in Divisors) ShouldDecodeAsSkiaSharp(encoded, by, photographs.Describe(i));
        }
    }

    [Theory]
    [InlineData("4:4:4")]
    [InlineData("4:2:2")]
    [InlineData("4:2:0")]
    [InlineData("4:4:0")]
    [InlineData("4:1:1")]
    [InlineData("progressive")]
    [InlineData("gray")]
    public void Every_sampling_of_colours_gets_SkiaSharps_pixels_at_odd_sizes(string kind)
    {
        foreach (var file in NoisyJpegs.Of(kind)) ShouldDecodeAsSkiaSharp(file.Encoded, 1, $"{kind} {file.Width} × {file.Height}");
    }

    [Fact]
    public void JPEGs_with_errors_or_warnings_are_left_to_SkiaSharp()
    {
        byte[] whole = TinyImages.Encode(40, 30, SKEncodedImageFormat.Jpeg, (x, y) => new SKColor((byte)(x * 6), (byte)(y * 8), 99));
        byte[] pixels = new byte[40 * 30 * 3];
        TurboJpeg.TryDecode(whole, 40, 30, pixels).ShouldBeTrue();
        TurboJpeg.TryDecode(whole.AsSpan(0, whole.Length - 40), 40, 30, pixels).ShouldBeFalse();
        TurboJpeg.TryDecode(TinyImages.CmykJpeg(1, 2, 3, 4), 8, 8, pixels).ShouldBeFalse();
        TurboJpeg.TryDecode(TinyImages.Png(2, 1, 8, 0, [3, 200]), 2, 1, pixels).ShouldBeFalse();
        TurboJpeg.TryDecode([], 2, 1, pixels).ShouldBeFalse();
    }

    // Damaged tables give coefficients out of range, which each build of the library decodes differently. There, only the verdict is
    // compared.
    [Fact]
    public void A_damaged_file_is_treated_as_by_SkiaSharp()
    {
        byte[] whole = TinyImages.Encode(64, 48, SKEncodedImageFormat.Jpeg, (x, y) => new SKColor((byte)(x * y), (byte)(3 * x), (byte)(5 * y)));
        int scan = whole.AsSpan().IndexOf([(byte)0xff, (byte)0xda]);
        var random = new Random(5);
        int refused = 0, decoded = 0;
        for (int trial = 0; trial < 600; trial++)
        {
            byte[] damaged = [.. whole];
            int from = trial % 2 == 0 ? scan : 0;
            for (int i = random.Next(4); i >= 0; i--) damaged[random.Next(from, damaged.Length)] = (byte)random.Next(256);
            if (trial % 3 == 0) damaged = damaged[..random.Next(damaged.Length)];
            if (trial % 7 == 0) damaged = [.. damaged, .. whole[..100]];
            byte[]? expected = BySkiaSharp(damaged, 1);
            if (expected is null)
            {
                Should.Throw<InvalidDataException>(() => ImageDecoder.Decode(damaged, "x")).Message.ShouldStartWith("x: ");
                refused++;
            }
            else
            {
                var pixels = ImageDecoder.Decode(damaged, "x").Pixels.Span;
                pixels.Length.ShouldBe(expected.Length);
                if (from == scan) pixels.SequenceEqual(expected).ShouldBeTrue($"trial {trial}");
                decoded++;
            }
        }
        refused.ShouldBeGreaterThan(100);
        decoded.ShouldBeGreaterThan(100);
    }

    private static void ShouldDecodeAsSkiaSharp(byte[] encoded, int by, string name)
    {
        using var codec = SKCodec.Create(new SKMemoryStream(encoded));
        int width = (codec.Info.Width + by - 1) / by, height = (codec.Info.Height + by - 1) / by;
        byte[] rgb = new byte[3 * width * height], rgba = new byte[4 * width * height];
        TurboJpeg.TryDecode(encoded, width, height, rgb).ShouldBeTrue(name);
        TurboJpeg.TryDecode(encoded, width, height, rgba).ShouldBeTrue(name);
        byte[] expected = BySkiaSharp(encoded, by)!;
        rgb.AsSpan().SequenceEqual(expected).ShouldBeTrue($"{name}, 1/{by}");
        rgba.Where((_, i) => i % 4 != 3).ToArray().AsSpan().SequenceEqual(expected).ShouldBeTrue($"{name}, 1/{by}, four bytes a pixel");
    }

    /// <summary>(H, W, 3), or null if SkiaSharp refuses the file.</summary>
    private static unsafe byte[]? BySkiaSharp(byte[] encoded, int by)
    {
        using var codec = SKCodec.Create(new SKMemoryStream(encoded));
        if (codec is null) return null;
        var size = codec.GetScaledDimensions(1f / by);
        byte[] rgba = new byte[4 * size.Width * size.Height];
        fixed (byte* pixels = rgba)
        {
            if (codec.GetPixels(new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Opaque), (nint)pixels) != SKCodecResult.Success) return null;
        }
        return [.. rgba.Where((_, i) => i % 4 != 3)];
    }
}
