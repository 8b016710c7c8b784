using SimClr.Datasets;
using SimClr.Images;
using SkiaSharp;

namespace SimClr.Tests.Images;

public sealed class DecodeBufferTests
{
    private static byte[] Encode(int width, int height, SKEncodedImageFormat format) =>
        TinyImages.Encode(width, height, format, (x, y) => new SKColor((byte)(x * 255 / width), (byte)(y * 255 / height), (byte)(x + y)));

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Png)]
    public void An_image_in_a_reused_buffer_equals_one_in_its_own_memory(SKEncodedImageFormat format)
    {
        var buffer = new DecodeBuffer();
        foreach (var (width, height) in new[] { (70, 50), (9, 8), (70, 51), (1, 1), (33, 90) })
        {
            byte[] file = Encode(width, height, format);
            var whole = ImageDecoder.Decode(file, "x");
            var image = ImageDecoder.Decode(file, "x", buffer).Checked();
            image.Pixels.ToArray().ShouldBe(whole.Pixels.ToArray());
            (image.Width, image.Height).ShouldBe((width, height));
        }
    }

    [Fact]
    public void Photographs_are_decoded_into_reused_memory()
    {
        using var temp = new TempFolder();
        for (int i = 0; i < 4; i++) temp.Write($"photos/{i}.jpg", Encode(400, 300, SKEncodedImageFormat.Jpeg));
        IImageDataset data = new SubsetDataset(UnitedDataset.Of("both", [ImageDatasets.Open(temp.At("photos"), DatasetPart.Train)]), [3, 1]);
        var buffer = new DecodeBuffer();
        for (int i = 0; i < 4; i++) data.Read(i % 2, buffer);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 40; i++) data.Read(i % 2, buffer);
        ((GC.GetAllocatedBytesForCurrentThread() - before) / 40).ShouldBeLessThan(400 * 300 * 3 / 20);
    }

    [Theory]
    [InlineData(1, 100, 61, 100, 61, 8)]
    [InlineData(6, 96, 56, 56, 96, 8)]
    [InlineData(3, 100, 60, 100, 60, 4)] // flipped vertically: only as far as the reduction divides the height
    [InlineData(8, 101, 60, 60, 101, 1)]
    public void A_reduction_is_requested_for_the_upright_size_and_keeps_positions(byte orientation, int stored, int rows, int width, int height, int most)
    {
        byte[] jpeg = TinyImages.WithOrientation(Encode(stored, rows, SKEncodedImageFormat.Jpeg), orientation);
        var whole = ImageDecoder.Decode(jpeg, "x");
        foreach (int wanted in new[] { 1, 2, 4, 8 })
        {
            int by = Math.Min(wanted, most);
            var asked = new List<(int, int)>();
            var buffer = new DecodeBuffer
            {
                Reduction = (w, h) =>
                {
                    asked.Add((w, h));
                    return wanted;
                },
            };
            var image = ImageDecoder.Decode(jpeg, "x", buffer).Checked();
            asked.ShouldBe([(width, height)]);
            (image.Width, image.Height).ShouldBe(((width + by - 1) / by, (height + by - 1) / by));
            MeanDifferenceFromBlocks(whole, image, by).ShouldBeLessThan(2);
        }
    }

    [Fact]
    public void Only_JPEGs_are_reduced()
    {
        var buffer = new DecodeBuffer { Reduction = (_, _) => throw new InvalidOperationException("asked") };
        ImageDecoder.Decode(Encode(100, 61, SKEncodedImageFormat.Png), "x", buffer).Width.ShouldBe(100);
    }

    // Compared with the means of whole blocks of the image itself.
    private static double MeanDifferenceFromBlocks(DecodedImage whole, DecodedImage small, int by)
    {
        double sum = 0;
        int count = 0;
        for (int y = 0; y < whole.Height / by; y++)
        {
            for (int x = 0; x < whole.Width / by; x++)
            {
                for (int c = 0; c < 3; c++, count++)
                {
                    double mean = 0;
                    for (int j = 0; j < by * by; j++) mean += whole.Pixels.Span[((y * by + j / by) * whole.Width + x * by + j % by) * 3 + c];
                    sum += Math.Abs(mean / (by * by) - small.Pixels.Span[(y * small.Width + x) * 3 + c]);
                }
            }
        }
        return sum / count;
    }
}
