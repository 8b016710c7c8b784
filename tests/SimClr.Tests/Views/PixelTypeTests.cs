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
    private static DecodedImage[] OfEveryType(int width, int height, int channels, int seed)
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

    [Theory]
    [MemberData(nameof(Cases))]
    public void Views_do_not_depend_on_a_shift_and_a_scale_of_the_values_with_their_range(int channels, Interpolation filter)
    {
        var policy = new ViewPolicy { BlurProbability = 0.5, ColorStrength = 0.5, GrayscaleProbability = 0.3 };
        var preprocessing = new Preprocessing { ImageSize = Size, Interpolation = filter };
        var bytes = OfEveryType(47, 38, channels, 1)[0];
        byte[] values = bytes.Pixels.ToArray();
        (DecodedImage Image, double[] Range)[] copies =
        [
            (DecodedImage.Of<byte>([.. values.Select(v => (byte)(v / 2 + 10))], 47, 38, channels), [10, 137]),
            (DecodedImage.Of<ushort>([.. values.Select(v => (ushort)(7 * v + 1000))], 47, 38, channels), [1000, 2785]),
            (DecodedImage.Of<float>([.. values.Select(v => 16f * v - 1024)], 47, 38, channels), [-1024, 3056]),
        ];
        var views = Enumerable.Range(0, 12).Select(i => policy.Draw(47, 38, Size, new CounterRandom(2, 0, i, 0))).ToArray();
        float[] expected = new float[channels * Size * Size], actual = new float[channels * Size * Size];
        foreach (var (image, range) in copies)
        {
            var ranged = preprocessing with { ValueRange = range };
            var original = image.Type == PixelType.UInt8 ? DecodedImage.Of<byte>([.. values.Select(v => (byte)(v / 2 * 2))], 47, 38, channels) : bytes;
            // Where bytes are halved, 0 to 254 are the whole range.
            var (of, to) = (new CpuViewRenderer(policy, image.Type == PixelType.UInt8 ? preprocessing with { ValueRange = [0, 254] } : preprocessing, channels), new CpuViewRenderer(policy, ranged, channels));
            using var packed = PackedImages.Of([image], ranged);
            using var rendered = new TensorViewRenderer(policy, ranged).Render(packed, new int[views.Length], views);
            float[] tensors = rendered.data<float>().ToArray();
            for (int i = 0; i < views.Length; i++)
            {
                of.Render(original, views[i], expected);
                to.Render(image, views[i], actual);
                for (int k = 0; k < expected.Length; k++)
                {
                    Math.Abs(actual[k] - expected[k]).ShouldBeLessThan(1e-6f, $"{image.Type}, view {i}, value {k}");
                    Math.Abs(tensors[i * expected.Length + k] - expected[k]).ShouldBeLessThan(1e-4f, $"{image.Type}, view {i}, value {k}");
                }
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void Values_outside_the_range_are_clipped_before_they_are_resampled(int channels)
    {
        var random = CounterRandom.For(3, 96, channels);
        float[] values = [.. Enumerable.Range(0, 31 * 23 * channels).Select(_ => (float)random.Uniform(-50, 150))];
        (values[0], values[5], values[40], values[77]) = (float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e30f);
        float[] clipped = [.. values.Select(v => v >= 0 ? Math.Min(v, 100) / 100 : 0)];
        var preprocessing = new Preprocessing { ImageSize = Size };
        var ranged = preprocessing with { ValueRange = [0, 100] };
        float[] expected = new float[channels * Size * Size], actual = new float[channels * Size * Size];
        var (image, whole) = (DecodedImage.Of<float>(values, 31, 23, channels), new ViewParameters { Crop = new CropBox(0, 0, 31, 23) });
        new CpuViewRenderer(preprocessing, channels).Render(DecodedImage.Of<float>(clipped, 31, 23, channels), whole, expected);
        new CpuViewRenderer(ranged, channels).Render(image, whole, actual);
        using var packed = PackedImages.Of([image], ranged);
        using var rendered = new TensorViewRenderer(new ViewPolicy(), ranged).Render(packed, [0], [whole]);
        float[] tensors = rendered.data<float>().ToArray();
        byte[] shown = image.ToUInt8(ranged).Pixels.ToArray();
        for (int i = 0; i < expected.Length; i++)
        {
            Math.Abs(actual[i] - expected[i]).ShouldBeLessThan(1e-6f);
            Math.Abs(tensors[i] - expected[i]).ShouldBeLessThan(1e-5f);
        }
        for (int i = 0; i < shown.Length; i++) ((int)shown[i]).ShouldBe((int)MathF.Round(255 * clipped[i]));
    }

    [Fact]
    public void A_range_that_is_not_for_the_type_of_the_values_is_refused_in_one_sentence()
    {
        DecodedImage[] images = OfEveryType(9, 9, 3, 4);
        string Refused(int image, Preprocessing preprocessing) =>
            Should.Throw<InvalidDataException>(() => new CpuViewRenderer(preprocessing with { ImageSize = 8 }).Render(images[image], new float[3 * 64])).Message;
        Refused(0, new() { ValueRange = [0, 4095] }).ShouldBe("The value range 0,4095 (preprocessing.value-range) is not for images of 8 bits, whose values are 0 to 255.");
        Refused(1, new() { ValueRange = [-1, 4095] }).ShouldBe("The value range -1,4095 (preprocessing.value-range) is not for images of 16 bits, whose values are 0 to 65535.");
        Refused(0, new() { ValueRange = [0, 200], ValueType = PixelType.UInt16 }).ShouldBe("The value range 0,200 (preprocessing.value-range) is for images of 16 bits, not of 8 bits.");
        foreach (double[] wrong in (double[][])[[1], [2, 2], [3, 2], [0, double.NaN], [0, double.PositiveInfinity], [1, 2, 3]])
            Should.Throw<ArgumentOutOfRangeException>(() => new Preprocessing { ValueRange = wrong }.Validate()).Message.ShouldContain("two finite numbers, the lower one first");
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
    public void Wrong_value_types_and_images_that_no_format_holds_are_refused_in_one_sentence()
    {
        using var temp = new TempFolder();
        var image = OfEveryType(4, 4, 3, 5)[1];
        Should.Throw<InvalidOperationException>(() => image.Pixels).Message.ShouldBe("The image has UInt16 values, and UInt8 is needed here.");
        Should.Throw<InvalidOperationException>(() => image.Values<float>().Length).Message.ShouldBe("The image has UInt16 values, not Single.");
        Should.Throw<ArgumentException>(() => DecodedImage.Of<int>([1, 2, 3], 1, 1)).Message.ShouldContain("not Int32");
        Should.Throw<ArgumentException>(() => new DecodedImage(new byte[48], 4, 4, 3, PixelType.UInt16).Checked()).Message.ShouldContain("needs 96 bytes");
        Should.Throw<ConfigurationException>(() => ShardPacker.Pack(new Images(image), temp.At("shards"), new PackOptions())).Message
            .ShouldBe("image 0 has UInt16 values, and PNG and JPEG as they are packed here hold UInt8 alone: convert it first.");
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
