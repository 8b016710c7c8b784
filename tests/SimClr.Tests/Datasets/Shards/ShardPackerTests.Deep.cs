using SimClr.Datasets;
using SimClr.Images;

namespace SimClr.Tests.Datasets;

public sealed partial class ShardPackerTests
{
    private static DecodedImage Deep(int channels, PixelType type, int side = 9)
    {
        var random = new Random(channels);
        int count = side * (side + 2) * channels;
        return type == PixelType.Float32
            ? DecodedImage.Of<float>([.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 3000 - 1000)], side, side + 2, channels)
            : DecodedImage.Of<ushort>([.. Enumerable.Range(0, count).Select(_ => (ushort)random.Next(65536))], side, side + 2, channels);
    }

    private static void ShouldEqual(DecodedImage packed, DecodedImage image)
    {
        (packed.Width, packed.Height, packed.Channels, packed.Type).ShouldBe((image.Width, image.Height, image.Channels, image.Type));
        packed.Bytes.ToArray().ShouldBe(image.Bytes.ToArray());
    }

    [Fact]
    public void Files_above_8_bits_and_of_any_channels_keep_their_bytes_and_values()
    {
        byte[] wide = [.. Enumerable.Range(0, 2 * 12).Select(i => (byte)(i * 37))];
        (string Name, string Packed, byte[] File)[] files =
        [
            ("deep.png", ".png", TinyImages.Png(4, 3, 16, 0, wide)), ("float.tif", ".tif", ImageEncoder.Tiff(Deep(3, PixelType.Float32))),
            ("wide.tiff", ".tif", ImageEncoder.Tiff(Deep(3, PixelType.UInt16))), ("bands.tif", ".tif", ImageEncoder.Tiff(Deep(5, PixelType.UInt16))),
            ("gray.pnm", ".pgm", [.. "P5 4 3 65535\n"u8, .. wide]), ("other.pnm", ".pfm", [.. "PF 2 1 -1\n"u8, .. wide]),
        ];
        foreach (var (name, extension, file) in files)
        {
            temp.Write($"{name}-in/{name}", file);
            var images = (IEncodedImages)ImageDatasets.Open(temp.At($"{name}-in"), DatasetPart.Train);
            var packed = (IEncodedImages)ImageDatasets.Open(Pack(images, $"{name}-shards"), DatasetPart.Train);
            packed.FileName(0).ShouldEndWith(extension);
            packed.ReadEncoded(0).ShouldBe(file);
            ShouldEqual(packed.Read(0), images.Read(0));
            images.Read(0).Type.ShouldNotBe(PixelType.UInt8);
        }
    }

    [Theory]
    [InlineData("<u2", 2, 3)]
    [InlineData("<u2", 2, 5)]
    [InlineData("<f4", 4, 2)]
    [InlineData("|u1", 1, 4)]
    public void Arrays_above_8_bits_or_of_other_channels_become_TIFF(string type, int bytes, int channels)
    {
        byte[] values = [.. Enumerable.Range(0, 2 * 6 * 7 * channels * bytes).Select(i => (byte)(i * 31 % 113))];
        temp.Write("a/train.npy", Npy.Of(type, $"(2, 6, 7, {channels})", values));
        var images = ImageDatasets.Open(temp.At("a"), DatasetPart.Pretraining);
        var packed = ImageDatasets.Open(Pack(images, "shards"), DatasetPart.Pretraining);
        packed.Channels.ShouldBe(channels);
        for (int i = 0; i < 2; i++) ShouldEqual(packed.Read(i), images.Read(i));
        ((IEncodedImages)packed).FileName(1).ShouldBe("000000001.tif");
    }

    // The truth: the mean under a triangle of twice the scale around each output, straight from its formula.
    [Theory]
    [InlineData(PixelType.UInt16, 5)]
    [InlineData(PixelType.Float32, 3)]
    public void Resized_images_keep_their_type(PixelType type, int channels)
    {
        var image = Deep(channels, type, 20);
        temp.Write("in/a.tif", ImageEncoder.Tiff(image));
        var packed = ImageDatasets.Open(Pack(ImageDatasets.Open(temp.At("in"), DatasetPart.Train), "shards", new PackOptions { ShortSide = 8 }), DatasetPart.Train).Read(0);
        (packed.Width, packed.Height, packed.Channels, packed.Type).ShouldBe((8, 9, channels, type)); // 8.8
        double[] Values(DecodedImage of) => [.. type == PixelType.UInt16 ? of.Values<ushort>().ToArray().Select(v => (double)v) : of.Values<float>().ToArray().Select(v => (double)v)];
        double[] from = Values(image), to = Values(packed);
        static double Triangle(int input, int output, double scale) => Math.Max(0, 1 - Math.Abs((input + 0.5) / scale - (output + 0.5)));
        for (int i = 0; i < to.Length; i++)
        {
            int c = i % channels, x = i / channels % 8, y = i / channels / 8;
            double sum = 0, weights = 0;
            for (int v = 0; v < 22; v++)
            {
                for (int u = 0; u < 20; u++)
                {
                    double weight = Triangle(u, x, 20 / 8.0) * Triangle(v, y, 22 / 9.0);
                    (sum, weights) = (sum + weight * from[(v * 20 + u) * channels + c], weights + weight);
                }
            }
            to[i].ShouldBe(sum / weights, type == PixelType.UInt16 ? 0.51 : 0.001);
        }
    }
}
