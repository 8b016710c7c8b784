using SimClr.IO;

namespace SimClr.Tests.IO;

public sealed class PercentTests
{
    [Theory]
    [InlineData(0.8225, 2, "82.25")]
    [InlineData(1, 1, "100.0")]
    [InlineData(0.004, 0, "0")]
    [InlineData(double.NaN, 2, "NaN")]
    public void A_share_is_formatted_in_per_cent(double share, int decimals, string expected) => Percent.Of(share, decimals).ShouldBe(expected);

    [Fact]
    public void The_per_cent_sign_follows_a_space() => Percent.WithSign(0.304).ShouldBe("30 %");
}
