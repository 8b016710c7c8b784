using System.Globalization;
using CsCheck;
using SimClr.Recipes;

namespace SimClr.Tests.Recipes;

public sealed class OptionsTextTests
{
    [Fact]
    public void The_resolved_recipe_holds_every_key_in_order()
    {
        OptionsText.ToYaml(new SampleOptions { Temperature = 1e-5, Data = "a: \"b\"" }).ShouldBe("""
            version: 2
            batch-size: 256
            image-count: 5000000000
            seed: 1
            temperature: 1.0E-05
            weight-decay: 1.0E-06
            drop-last: true
            data: "a: \"b\""
            output: null
            kind: large-batch
            other-kind: null
            width: null
            blur: 0.1
            sizes: [512, 128]
            scales: [0.08, 1.0]
            names: null
            views:
              color-strength: 1.0
              flip: 0.25
              crop: 224
              blur:
                probability: 0.5

            """);
    }

    [Fact]
    public void Written_values_are_read_back_bit_for_bit() =>
        Gen.Select(Gen.Double, Gen.Float, Gen.String, Gen.Long, Gen.ULong, Gen.Int.Array[0, 3], Gen.Double.Array[0, 3]).Sample((number, single, text, whole, seed, sizes, scales) =>
        {
            var options = new SampleOptions
            {
                Temperature = number,
                WeightDecay = single,
                Data = text,
                Output = text,
                ImageCount = whole,
                Seed = seed,
                Sizes = sizes,
                Scales = scales,
                Names = [text, "null", "~", "1", "", "a,b", "😀\u0085\u2028\0\t\u001b\uFEFF"],
            };
            var read = OptionsBinder.Bind<SampleOptions>(Recipe.Parse(OptionsText.ToYaml(options), "r.yaml"), []);
            BitConverter.DoubleToInt64Bits(read.Temperature).ShouldBe(BitConverter.DoubleToInt64Bits(number));
            BitConverter.SingleToInt32Bits(read.WeightDecay).ShouldBe(BitConverter.SingleToInt32Bits(single));
            read.Scales.Select(BitConverter.DoubleToInt64Bits).ShouldBe(scales.Select(BitConverter.DoubleToInt64Bits));
            read.Sizes.ShouldBe(sizes);
            read.Names.ShouldBe(options.Names);
            (read with { Sizes = sizes, Scales = scales, Names = options.Names }).ShouldBe(options);
        }, iter: 2000);

    [Theory]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(double.NaN)]
    [InlineData(double.Epsilon)]
    [InlineData(double.MaxValue)]
    [InlineData(-0.0)]
    [InlineData(1e22)]
    public void Extreme_numbers_are_read_back_bit_for_bit(double number)
    {
        var yaml = OptionsText.ToYaml(new SampleOptions { Temperature = number, WeightDecay = (float)number });
        var read = OptionsBinder.Bind<SampleOptions>(Recipe.Parse(yaml, "r.yaml"), []);
        BitConverter.DoubleToInt64Bits(read.Temperature).ShouldBe(BitConverter.DoubleToInt64Bits(number));
        BitConverter.SingleToInt32Bits(read.WeightDecay).ShouldBe(BitConverter.SingleToInt32Bits((float)number));
    }

    [Fact]
    public void The_culture_of_the_process_makes_no_difference()
    {
        var before = CultureInfo.CurrentCulture;
        var expected = OptionsText.ToYaml(new SampleOptions());
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (comma.NumberFormat.NumberDecimalSeparator, comma.NumberFormat.NumberGroupSeparator, comma.NumberFormat.NegativeSign) = (",", ".", "−");
        try
        {
            CultureInfo.CurrentCulture = comma;
            OptionsText.ToYaml(OptionsBinder.Bind<SampleOptions>(Recipe.Parse(expected, "r.yaml"), [])).ShouldBe(expected);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void The_description_lists_every_key_with_type_and_default()
    {
        var described = OptionsText.Describe(typeof(SampleOptions));
        described.Count.ShouldBe(19);
        described.ShouldContain(new OptionDescription("batch-size", "a whole number", "256"));
        described.ShouldContain(new OptionDescription("kind", "plain|large-batch", "large-batch"));
        described.ShouldContain(new OptionDescription("blur", "a number or null", "0.1"));
        described.ShouldContain(new OptionDescription("output", "a text or null", "null"));
        described.ShouldContain(new OptionDescription("sizes", "a list of whole numbers", "512,128"));
        described.ShouldContain(new OptionDescription("views.flip", "a number", "0.25"));
    }

    [Fact]
    public void A_property_that_a_recipe_cannot_hold_is_a_programming_error() =>
        Should.Throw<NotSupportedException>(() => OptionKey.Of(typeof(Unsupported))).Message.ShouldContain("Unsupported.When");

    private sealed record Unsupported
    {
        public DateTime When { get; init; }
    }
}
