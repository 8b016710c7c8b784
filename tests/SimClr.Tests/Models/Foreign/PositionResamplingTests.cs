using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

public sealed class PositionResamplingTests
{
    // By PyTorch 1.13's interpolate(mode="bicubic") on sin(1.7·i): align_corners=True; antialias=True; scale_factor=(to + 0.1) / from; size.
    [Theory]
    [InlineData(PositionResampling.Torchvision, 3, 5, new[]
    {
        0.0, 0.612758, 0.9916648, 0.4610304, -0.2555412, -0.4840891, 0.2360409, 0.8471626, 0.6812785, 0.2657847, -0.9258146, -0.2443855,
        0.4941135, 0.7794186, 0.7984871, -0.89964, -0.6013014, -0.108657, 0.483646, 0.9276398, -0.6998752, -0.7975027, -0.6181366, 0.1281757,
        0.859162,
    })]
    [InlineData(PositionResampling.Torchvision, 5, 3, new[]
    {
        0.0, -0.2555412, 0.4941135, -0.9613975, 0.9997929, -0.9717982, 0.5290827, -0.2946701, 0.0406902,
    })]
    [InlineData(PositionResampling.Timm, 3, 5, new[]
    {
        -0.0025304, 0.4674471, 1.0292158, 0.1863903, -0.4380569, -0.4255442, 0.1205116, 0.8669528, 0.4302439, 0.0544186, -1.0329789,
        -0.4414088, 0.4941135, 0.755308, 0.8214587, -0.8636168, -0.6713912, -0.2502976, 0.5123828, 0.9707643, -0.6813698, -0.7596889,
        -0.70208, 0.3136732, 0.9819164,
    })]
    [InlineData(PositionResampling.Timm, 5, 3, new[]
    {
        0.3132505, -0.2401498, 0.1905871, -0.1907221, 0.179897, -0.1867046, 0.2005625, -0.2445003, 0.3124018,
    })]
    [InlineData(PositionResampling.DinoV2, 3, 5, new[]
    {
        -0.0023514, 0.5348716, 1.0476118, 0.3260699, -0.4703775, -0.4771824, 0.151623, 0.8712053, 0.5574678, 0.0681413, -1.0495265,
        -0.396223, 0.4907959, 0.7843931, 0.7929472, -0.9413448, -0.6906439, -0.2146698, 0.5005952, 1.0066725, -0.6792494, -0.7976127,
        -0.7394565, 0.1800628, 0.9901218,
    })]
    [InlineData(PositionResampling.DinoV2, 5, 3, new[]
    {
        0.4068788, -0.3812133, 0.1212521, -0.7799726, 0.9476172, -0.6097841, 0.43488, -0.5689724, 0.4106768,
    })]
    [InlineData(PositionResampling.Transformers, 5, 3, new[]
    {
        0.4234801, -0.4595764, 0.2803258, -0.7694637, 0.9997929, -0.7616418, 0.2952926, -0.4743511, 0.4311389,
    })]
    [InlineData(PositionResampling.Torchvision, 3, 1, new[] { 0.0 })]
    public void Positions_are_resampled_as_PyTorch_does_it(PositionResampling rule, int from, int to, double[] expected)
    {
        using var scope = NewDisposeScope();
        var grid = arange(from * from, ScalarType.Float64).mul(1.7).sin().to(ScalarType.Float32);
        var positions = cat([full(1, 2, 2, 7f), stack([grid, -grid], 1).unsqueeze(0)], 1); // two tokens without a place
        var resampled = PositionEmbeddings.Resample(positions, from, to, rule);
        resampled.shape.ShouldBe([1, 2 + to * to, 2]);
        Golden.MaxDifference(resampled.narrow(1, 0, 2), full(1, 2, 2, 7f)).ShouldBe(0);
        Golden.MaxDifference(resampled[0].narrow(0, 2, to * to).select(1, 0), tensor(expected)).ShouldBeLessThan(5e-6);
        Golden.MaxDifference(resampled[0].narrow(0, 2, to * to).select(1, 1), -tensor(expected)).ShouldBeLessThan(5e-6);
    }

    [Fact]
    public void The_same_grid_is_unchanged_and_another_shape_is_refused()
    {
        using var scope = NewDisposeScope();
        var positions = randn(1, 10, 4);
        foreach (var rule in Enum.GetValues<PositionResampling>())
            Golden.MaxDifference(PositionEmbeddings.Resample(positions, 3, 3, rule), positions).ShouldBe(0);
        Should.Throw<ArgumentException>(() => PositionEmbeddings.Resample(positions, 4, 2, PositionResampling.Timm)).Message
            .ShouldContain("not (1, 10, 4)");
    }
}
