using SimClr.Models;
using SimClr.Pretraining;
using static TorchSharp.torch;

namespace SimClr.Tests.Pretraining;

public sealed class DeviceSelfTestTests
{
    private static readonly PretrainOptions Small =
        DeviceSelfTest.Options with { Preprocessing = new() { ImageSize = 16 }, BatchSize = 16, Encoder = new ResNetOptions { Width = 0.0625 } };

    private static readonly StepComparison Exact = new(0, 0, 0);

    private static readonly DeviceSelfTest Sound = new(Views: 1e-6, Loss: 1e-6, Exact, Exact, Bf16: new(0.01, 0.3, 0.1), Collectives: true);

    [Fact]
    public void The_CPU_agrees_with_itself_and_bf16_does_not_quite()
    {
        var found = DeviceSelfTest.Run(Small, CPU);
        found.IsSound.ShouldBeTrue(found.ToString());
        found.SinglePrecision.ShouldBe(Exact);
        found.DoublePrecision.ShouldBe(Exact);
        found.Collectives.ShouldBeNull();
        found.Views.ShouldBeInRange(1e-9, 1e-5); // of two renderers
        found.Loss.ShouldBeInRange(1e-9, 1e-5); // of float32 beside float64
        found.Bf16.IsWithin(StepComparison.Float32Tolerance).ShouldBeFalse("a device that rounds to 8 bits in float32 is found");
    }

    [SkippableCuda]
    public void A_GPU_agrees_with_the_CPU()
    {
        var found = DeviceSelfTest.Run(DeviceSelfTest.Options, CUDA);
        found.IsSound.ShouldBeTrue(found.ToString());
    }

    public static TheoryData<DeviceSelfTest> Wrong => new(
        Sound with { Views = 1.1e-4 },
        Sound with { Loss = double.NaN },
        Sound with { DoublePrecision = new(0, 1.1e-8, 0) },
        Sound with { SinglePrecision = new(1.1e-5, 0, 0) },
        Sound with { SinglePrecision = new(0, 0.051, 0) },
        Sound with { SinglePrecision = new(0, 0, 1.1e-3) },
        Sound with { SinglePrecision = new(double.NaN, 0, 0) },
        Sound with { Bf16 = new(0.021, 0, 0) },
        Sound with { Collectives = false });

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void One_figure_above_its_tolerance_fails_the_test(DeviceSelfTest wrong)
    {
        Sound.IsSound.ShouldBeTrue();
        wrong.IsSound.ShouldBeFalse();
    }
}
