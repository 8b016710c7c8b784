using SimClr.Datasets;
using SimClr.Images;

namespace SimClr.Tests.Datasets;

public sealed class ValueRangeFinderTests
{
    private static readonly Preprocessing None = new();

    [Fact]
    public void Bytes_keep_the_range_of_their_type_and_the_preprocessing_stays_the_same() =>
        ValueRangeFinder.Complete(new SyntheticImages(5), None).ShouldBeSameAs(None);

    [Fact]
    public void Floats_and_16_bits_that_use_little_of_their_range_get_the_percentiles()
    {
        // 0 to 9999 in 10 images of 1000 values: the percentiles of the ramp are known.
        var floats = ValueRangeFinder.Complete(new Ramp(i => DecodedImage.Of<float>([.. Enumerable.Range(1000 * i, 1000).Select(v => v / 2f - 100)], 50, 20, 1)), None);
        floats.ValueType.ShouldBe(PixelType.Float32);
        floats.ValueRange[0].ShouldBe(-100 + 0.001 * 9999 / 2, 1e-9);
        floats.ValueRange[1].ShouldBe(-100 + 0.999 * 9999 / 2, 1e-9);
        var dark = ValueRangeFinder.Complete(new Ramp(i => DecodedImage.Of<ushort>([.. Enumerable.Range(1000 * i, 1000).Select(v => (ushort)v)], 50, 20, 1)), None);
        (dark.ValueType, dark.ValueRange[0], dark.ValueRange[1]).ShouldBe((PixelType.UInt16, 9, 9990)); // floor of 9.999, ceiling of 9989.001
        var full = ValueRangeFinder.Complete(new Ramp(i => DecodedImage.Of<ushort>([.. Enumerable.Range(1000 * i, 1000).Select(v => (ushort)(6 * v))], 50, 20, 1)), None);
        (full.ValueType, full.ValueRange.Count).ShouldBe((PixelType.UInt16, 0));
        ValueRangeFinder.Complete(new SyntheticImages(5), full).ShouldBeSameAs(full);
    }

    [Fact]
    public void Values_that_are_not_finite_do_not_count_and_equal_values_give_a_range()
    {
        var odd = ValueRangeFinder.Complete(new Ramp(_ => DecodedImage.Of<float>([float.NaN, float.PositiveInfinity, 3, 3], 2, 2, 1)), None);
        (odd.ValueRange[0], odd.ValueRange[1]).ShouldBe((3, 6));
        var white = ValueRangeFinder.Complete(new Ramp(_ => DecodedImage.Of<ushort>([65535, 65535], 2, 1, 1)), None);
        (white.ValueRange[0], white.ValueRange[1]).ShouldBe((65534, 65535));
        ValueRangeFinder.Complete(new Ramp(_ => DecodedImage.Of<float>([float.NaN], 1, 1, 1)), None).ValueRange.ShouldBe([0, 1]);
    }

    [Fact]
    public void Images_of_another_type_than_the_range_is_for_are_refused_by_name()
    {
        var floats = None with { ValueRange = [-500, 1795], ValueType = PixelType.Float32 };
        Should.Throw<InvalidDataException>(() => ValueRangeFinder.Require(new SyntheticImages(5), floats)).Message
            .ShouldBe($"{new SyntheticImages(5).Describe(0)}: The value range -500,1795 (preprocessing.value-range) is for images of floats, not of 8 bits.");
        ValueRangeFinder.Require(new SyntheticImages(5), None);
        ValueRangeFinder.Require(new Ramp(i => i % 2 == 0 ? DecodedImage.Of<float>([1], 1, 1, 1) : DecodedImage.Of<ushort>([1], 1, 1, 1)), floats); // one by one, later
    }

    [Fact]
    public void Every_channel_of_a_large_image_has_its_turn()
    {
        float[] values = [.. Enumerable.Range(0, 512 * 512 * 4).Select(i => i % 4 == 3 ? 1000f : 0)];
        ValueRangeFinder.Complete(new Ramp(_ => DecodedImage.Of<float>(values, 512, 512, 4)), None).ValueRange.ShouldBe([0, 1000]);
    }

    [Fact]
    public void A_range_that_is_given_stays_gets_the_type_and_must_be_for_it()
    {
        var given = None with { ValueRange = [100, 4000] };
        var deep = new Ramp(_ => DecodedImage.Of<ushort>([1, 2], 2, 1, 1));
        var complete = ValueRangeFinder.Complete(deep, given);
        (complete.ValueType, complete.ValueRange).ShouldBe((PixelType.UInt16, given.ValueRange));
        Should.Throw<InvalidDataException>(() => ValueRangeFinder.Complete(new SyntheticImages(5), given)).Message.ShouldContain("is not for images of 8 bits");
        Should.Throw<InvalidDataException>(() => ValueRangeFinder.Complete(new SyntheticImages(5), given with { ValueType = PixelType.Float32 })).Message.ShouldContain("is for images of floats, not of 8 bits");
    }

    [Fact]
    public void Integers_of_two_types_keep_the_range_of_each_and_floats_beside_integers_are_refused()
    {
        var integers = new Ramp(i => i % 2 == 0 ? DecodedImage.Of<ushort>([1], 1, 1, 1) : DecodedImage.Of<byte>([1], 1, 1, 1));
        ValueRangeFinder.Complete(integers, None).ShouldBeSameAs(None);
        var mixed = new Ramp(i => i % 2 == 0 ? DecodedImage.Of<float>([1], 1, 1, 1) : DecodedImage.Of<byte>([1], 1, 1, 1));
        Should.Throw<InvalidDataException>(() => ValueRangeFinder.Complete(mixed, None)).Message
            .ShouldBe("The images of ramp have values of different types, Float32 in image 0 and UInt8 in image 1: --value-range LOW,HIGH says what 0 and 1 are.");
    }

    private sealed class Ramp(Func<int, DecodedImage> image) : IImageDataset
    {
        public string Name => "ramp";

        public int Count => 10;

        public int Channels => 1;

        public IReadOnlyList<string> Classes => [];

        public int Label(int index) => -1;

        public string Describe(int index) => $"image {index}";

        public DecodedImage Read(int index) => image(index);
    }
}
