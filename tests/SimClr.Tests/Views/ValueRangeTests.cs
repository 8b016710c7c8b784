using SimClr.Images;
using SimClr.Randomness;
using SimClr.Rendering;
using SimClr.Views;

namespace SimClr.Tests.Views;

public sealed class ValueRangeTests
{
    private const int Size = 20;

    [Theory]
    [MemberData(nameof(PixelTypeTests.Cases), MemberType = typeof(PixelTypeTests))]
    public void Views_do_not_depend_on_a_shift_and_a_scale_of_the_values_with_their_range(int channels, Interpolation filter)
    {
        var policy = new ViewPolicy { BlurProbability = 0.5, ColorStrength = 0.5, GrayscaleProbability = 0.3 };
        var preprocessing = new Preprocessing { ImageSize = Size, Interpolation = filter };
        var bytes = PixelTypeTests.OfEveryType(47, 38, channels, 1)[0];
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
        DecodedImage[] images = PixelTypeTests.OfEveryType(9, 9, 3, 4);
        string Refused(int image, Preprocessing preprocessing) =>
            Should.Throw<InvalidDataException>(() => new CpuViewRenderer(preprocessing with { ImageSize = 8 }).Render(images[image], new float[3 * 64])).Message;
        Refused(0, new() { ValueRange = [0, 4095] }).ShouldBe("The value range 0,4095 (preprocessing.value-range) is not for images of 8 bits, whose values are 0 to 255.");
        Refused(1, new() { ValueRange = [-1, 4095] }).ShouldBe("The value range -1,4095 (preprocessing.value-range) is not for images of 16 bits, whose values are 0 to 65535.");
        Refused(0, new() { ValueRange = [0, 200], ValueType = PixelType.UInt16 }).ShouldBe("The value range 0,200 (preprocessing.value-range) is for images of 16 bits, not of 8 bits.");
        foreach (double[] wrong in (double[][])[[1], [2, 2], [3, 2], [0, double.NaN], [0, double.PositiveInfinity], [1, 2, 3]])
            Should.Throw<ArgumentOutOfRangeException>(() => new Preprocessing { ValueRange = wrong }.Validate()).Message.ShouldContain("two finite numbers, the lower one first");
    }
}
