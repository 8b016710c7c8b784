using SimClr.Datasets;
using SimClr.Images;
using SkiaSharp;

namespace SimClr.Tests.Images;

public sealed partial class ImageDecoderTests
{
    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void A_truncated_image_is_damaged_and_its_file_is_named(SKEncodedImageFormat format)
    {
        using var temp = new TempFolder();
        var random = new Random(3);
        byte[] whole = TinyImages.Encode(40, 30, format, (_, _) => new SKColor((uint)random.Next() | 0xff000000));
        foreach (int length in new[] { 0, 1, 8, 20, 40, whole.Length / 3, whole.Length / 2, whole.Length - 40 })
        {
            var path = temp.Write($"{length}.jpg", whole[..length]);
            Should.Throw<InvalidDataException>(() => ImageDecoder.Read(path)).Message.ShouldStartWith(path + ": ");
        }
    }

    [Fact]
    public void A_file_that_is_no_image_is_reported_as_such()
    {
        Should.Throw<InvalidDataException>(() => Decode("not an image"u8.ToArray())).Message
            .ShouldSatisfyAllConditions(m => m.ShouldStartWith("x: not an image of a known format"), m => m.ShouldEndWith("begins with 6E6F7420616E2069."));
        Should.Throw<IOException>(() => ImageDecoder.Read("/nowhere/a.jpg")).Message.ShouldContain(Path.GetFullPath("/nowhere/a.jpg"));
        Should.Throw<IOException>(() => ImageDecoder.Read(Path.GetTempPath())).Message.ShouldContain(Path.GetTempPath());
    }

    [Fact]
    public void An_image_that_would_unpack_to_gigabytes_is_refused_before_unpacking()
    {
        byte[] bomb = TinyImages.Png(20_000, 20_000, 1, 0, new byte[20_000]);
        Should.Throw<InvalidDataException>(() => Decode(bomb)).Message.ShouldStartWith("x: 20000 × 20000 pixels are more than the 128000000 that are decoded; --max-image-megapixels");
        foreach (long none in (long[])[0, -1, 500_000_001]) Should.Throw<ArgumentOutOfRangeException>(() => ImageDecoder.MaxPixels = none);
    }

    [Fact]
    public void Original_photographs_are_decoded_and_gray_ones_are_gray()
    {
        using var temp = new TempFolder();
        SharedData.Unpack("caltech101-originals-sample.tar", temp.Root);
        var photographs = ImageDatasets.Open(temp.At("caltech101-originals-sample"), DatasetPart.Train);

        int gray = 0;
        for (int i = 0; i < photographs.Count; i++)
        {
            var image = photographs.Read(i).Checked();
            using var codec = SKCodec.Create(photographs.Describe(i));
            (image.Width, image.Height).ShouldBe((codec.Info.Width, codec.Info.Height));
            if (codec.Info.ColorType != SKColorType.Gray8) continue;
            gray++;
            image.Pixels.ToArray().Chunk(3).ShouldAllBe(p => p[0] == p[1] && p[1] == p[2]);
        }

        (photographs.Count, gray).ShouldBe((115, 22));
    }
}
