using SimClr.Datasets;
using SimClr.Images;
using SimClr.Randomness;
using SimClr.Rendering;
using SimClr.Views;

namespace SimClr.Tests.Views;

public sealed class PixelTypeTests
{
    private const int Size = 20;

    // The same image with values of each type: v, 257 v and v / 255. Even columns are gray, where the hue is undefined.
    internal static DecodedImage[] OfEveryType(int width, int height, int channels, int seed)
    {
        var random = CounterRandom.For(seed, 96, channels);
        byte[] values = new byte[width * height * channels];
        for (int i = 0; i < values.Length; i++) values[i] = i % channels > 0 && i / channels % 2 == 0 ? values[i - 1] : (byte)random.Below(256);
        return
        [
            DecodedImage.Of<byte>(values, width, height, channels),
            DecodedImage.Of<ushort>([.. values.Select(v => (ushort)(257 * v))], width, height, channels),
            DecodedImage.Of<float>([.. values.Select(v => v / 255f)], width, height, channels),
        ];
    }

    public static TheoryData<int, Interpolation> Cases => [.. from channels in new[] { 1, 2, 3, 4, 7 } from filter in Enum.GetValues<Interpolation>() select (channels, filter)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Views_do_not_depend_on_the_type_of_the_values(int channels, Interpolation filter)
    {
        var policy = new ViewPolicy { BlurProbability = 0.5, ColorStrength = 0.5, GrayscaleProbability = 0.3 };
        var preprocessing = new Preprocessing { ImageSize = Size, Interpolation = filter };
        DecodedImage[] images = OfEveryType(47, 38, channels, 1);
        var views = Enumerable.Range(0, 24).Select(i => policy.Draw(47, 38, Size, new CounterRandom(2, 0, i, 0))).Append(new ViewParameters { Crop = preprocessing.CenterCrop(47, 38), Solarize = true }).ToArray();
        var renderer = new CpuViewRenderer(policy, preprocessing, channels);
        int length = channels * Size * Size;
        using var ofBytes = PackedImages.Of([images[0]]);
        using var tensorOfBytes = new TensorViewRenderer(policy, preprocessing).Render(ofBytes, new int[views.Length], views);
        float[] tensorExpected = tensorOfBytes.data<float>().ToArray();
        foreach (var image in images[1..])
        {
            float[] expected = new float[length], actual = new float[length];
            foreach (var view in views)
            {
                if (view.Solarize) continue; // it has a threshold, which rounding may cross
                renderer.Render(images[0], view, expected);
                renderer.Render(image, view, actual);
                RequireSame(actual, expected, image.Type);
            }
            using var packed = PackedImages.Of([image, images[0]]); // beside an image of another type
            using var rendered = new TensorViewRenderer(policy, preprocessing).Render(packed, new int[views.Length], views);
            RequireSame(rendered.data<float>().ToArray(), tensorExpected, image.Type);
        }

        static void RequireSame(float[] actual, float[] expected, PixelType type)
        {
            for (int i = 0; i < expected.Length; i++) Math.Abs(actual[i] - expected[i]).ShouldBeLessThan(1e-6f, $"{type}, value {i}");
        }
    }

    [Fact]
    public void Images_of_every_type_are_shown_converted_and_identified_as_bytes_are()
    {
        DecodedImage[] images = OfEveryType(9, 6, 3, 4);
        foreach (var image in images)
        {
            image.ToUInt8().Pixels.ToArray().ShouldBe(images[0].Pixels.ToArray(), $"{image.Type}");
            image.ToRgb().Pixels.ToArray().ShouldBe(images[0].Pixels.ToArray(), $"{image.Type}");
            var gray = new GrayDataset(new Images(image)).Read(0);
            (gray.Type, gray.Channels).ShouldBe((image.Type, 1));
            byte[] expected = new GrayDataset(new Images(images[0])).Read(0).Pixels.ToArray(), found = gray.ToUInt8().Pixels.ToArray();
            for (int i = 0; i < found.Length; i++) Math.Abs(found[i] - expected[i]).ShouldBeLessThanOrEqualTo(1);
            DatasetFingerprint.Of(new Images(image)).ShouldContain("1 images");
        }
        images.Select(image => DatasetFingerprint.Of(new Images(image))).Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public void Values_of_another_type_are_refused_in_one_sentence()
    {
        using var temp = new TempFolder();
        var image = OfEveryType(4, 4, 3, 5)[1];
        Should.Throw<InvalidOperationException>(() => image.Pixels).Message.ShouldBe("The image has UInt16 values, and UInt8 is needed here.");
        Should.Throw<InvalidOperationException>(() => image.Values<float>().Length).Message.ShouldBe("The image has UInt16 values, not Single.");
        Should.Throw<ArgumentException>(() => DecodedImage.Of<int>([1, 2, 3], 1, 1)).Message.ShouldContain("not Int32");
        Should.Throw<ArgumentException>(() => new DecodedImage(new byte[48], 4, 4, 3, PixelType.UInt16).Checked()).Message.ShouldContain("needs 96 bytes");
        Should.Throw<InvalidDataException>(() => ShardPacker.Pack(new Images(OfEveryType(4, 4, 5, 5)[1]), temp.At("shards"), new PackOptions { OnBadImage = BadImagePolicy.Fail })).Message
            .ShouldBe("image 0 has 5 channels, but the images of images have 3.");
    }

    private sealed class Images(DecodedImage image) : IImageDataset
    {
        public string Name => "images";

        public int Count => 1;

        public IReadOnlyList<string> Classes => [];

        public int Label(int index) => -1;

        public string Describe(int index) => $"image {index}";

        public DecodedImage Read(int index) => image;
    }
}
