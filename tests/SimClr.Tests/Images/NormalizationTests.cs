using SimClr.Images;

namespace SimClr.Tests.Images;

public sealed class NormalizationTests
{
    [Theory]
    [InlineData("none", new double[0], new double[0], "not normalised")]
    [InlineData("imagenet", new[] { 0.485, 0.456, 0.406 }, new[] { 0.229, 0.224, 0.225 }, "normalised as for ImageNet")]
    [InlineData("0.485,0.456,0.406,0.229,0.224,0.225", new[] { 0.485, 0.456, 0.406 }, new[] { 0.229, 0.224, 0.225 }, "normalised as for ImageNet")]
    [InlineData("0.5,0.25", new[] { 0.5, 0.5, 0.5 }, new[] { 0.25, 0.25, 0.25 }, "normalised by means 0.5, 0.5, 0.5 and deviations 0.25, 0.25, 0.25")]
    public void A_normalisation_is_two_numbers_six_numbers_or_a_name(string text, double[] mean, double[] deviation, string said)
    {
        var parsed = new Preprocessing().NormalizedAs(text)!;
        parsed.Mean.ShouldBe(mean);
        parsed.StandardDeviation.ShouldBe(deviation);
        parsed.Normalization.ShouldBe(said);
    }

    [Fact]
    public void Other_channel_counts_need_a_number_per_channel_or_the_same_two()
    {
        var four = new Preprocessing().NormalizedAs("0.1,0.2,0.3,0.4,1,2,3,4")!;
        four.Mean.ShouldBe([0.1, 0.2, 0.3, 0.4]);
        four.StandardDeviation.ShouldBe([1, 2, 3, 4]);
        four.ForChannels(4).ShouldBeSameAs(four);
        var gray = new Preprocessing().NormalizedAs("0.5,0.25")!.ForChannels(1);
        (gray.Mean.Single(), gray.StandardDeviation.Single()).ShouldBe((0.5, 0.25));
        Should.Throw<InvalidDataException>(() => new Preprocessing().NormalizedAs("imagenet")!.ForChannels(1)).Message.ShouldBe("A normalisation by 3 means and 3 deviations is not for images of 1 channels.");
        new Preprocessing().NormalizedAs("none")!.ForChannels(4).Mean.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("0.5")]
    [InlineData("0.5,0.5,0.5")]
    [InlineData("0.5,0")]
    [InlineData("0.5,-1")]
    [InlineData("0.5,NaN")]
    [InlineData("1e999,1")]
    [InlineData("ImageNet")]
    [InlineData("1,2,3,4,5,6,7")]
    public void Anything_else_is_nothing(string text) => new Preprocessing().NormalizedAs(text).ShouldBeNull();
}
