using SimClr.Optimization;
using TorchSharp;

namespace SimClr.Tests.Optimization;

public sealed class OptimizerOptionsTests
{
    [Theory]
    [InlineData(LearningRateScaling.None, 0.3, 4096, 0.3)]
    [InlineData(LearningRateScaling.Linear, 0.3, 4096, 4.8)]
    [InlineData(LearningRateScaling.Linear, 0.06, 512, 0.12)]
    [InlineData(LearningRateScaling.Sqrt, 0.075, 4096, 4.8)]
    public void The_peak_rate_scales_with_the_batch_as_in_the_paper(LearningRateScaling scaling, double rate, int batch, double peak) =>
        new OptimizerOptions { LearningRate = rate, LearningRateScaling = scaling }.PeakLearningRate(batch).ShouldBe(peak, 1e-12);

    [Fact]
    public void The_defaults_are_valid_and_a_batch_needs_an_image()
    {
        new OptimizerOptions().Validate();
        Should.Throw<ArgumentOutOfRangeException>(() => new OptimizerOptions().PeakLearningRate(0)).ActualValue.ShouldBe(0);
    }

    [Fact]
    public void Every_value_out_of_range_is_refused_with_key_and_value()
    {
        var bad = new (string Key, object Value, OptimizerOptions Options)[]
        {
            ("Kind", (OptimizerKind)9, new() { Kind = (OptimizerKind)9 }),
            ("LearningRateScaling", (LearningRateScaling)9, new() { LearningRateScaling = (LearningRateScaling)9 }),
            ("LearningRate", 0.0, new() { LearningRate = 0 }),
            ("LearningRate", double.NaN, new() { LearningRate = double.NaN }),
            ("LearningRate", double.PositiveInfinity, new() { LearningRate = double.PositiveInfinity }),
            ("Momentum", 1.0, new() { Momentum = 1 }),
            ("Momentum", -0.1, new() { Momentum = -0.1 }),
            ("WeightDecay", -1e-4, new() { WeightDecay = -1e-4 }),
            ("TrustCoefficient", 0.0, new() { TrustCoefficient = 0 }),
            ("Beta1", 1.0, new() { Beta1 = 1 }),
            ("Beta2", double.NaN, new() { Beta2 = double.NaN }),
            ("Epsilon", 0.0, new() { Epsilon = 0 }),
            ("WarmupEpochs", -1.0, new() { WarmupEpochs = -1 }),
        };
        using var toy = new ToyParameters(1, torch.ScalarType.Float32, [2]);
        foreach (var (key, value, options) in bad)
        {
            foreach (var check in new[] { options.Validate, () => options.Create(toy.Named).Dispose() })
            {
                var refusal = Should.Throw<ArgumentOutOfRangeException>(check);
                (refusal.ParamName, refusal.ActualValue).ShouldBe((key, value));
                refusal.Message.ShouldStartWith($"{key} must be ");
            }
        }
    }

    [Theory]
    [InlineData(OptimizerKind.Sgd, typeof(Sgd))]
    [InlineData(OptimizerKind.Lars, typeof(Lars))]
    [InlineData(OptimizerKind.Adamw, typeof(AdamW))]
    public void Each_kind_creates_its_optimizer(OptimizerKind kind, Type type)
    {
        using var toy = new ToyParameters(1, torch.ScalarType.Float32, [2]);
        using var optimizer = new OptimizerOptions { Kind = kind }.Create(toy.Named);
        optimizer.ShouldBeOfType(type);
    }
}
