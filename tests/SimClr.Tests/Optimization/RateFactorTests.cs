using SimClr.Optimization;
using static TorchSharp.torch;

namespace SimClr.Tests.Optimization;

/// <summary>A separate learning rate per parameter.</summary>
public sealed class RateFactorTests
{
    public static TheoryData<OptimizerKind, ScalarType, bool> Factored =>
        [.. from kind in Enum.GetValues<OptimizerKind>() from type in new[] { ScalarType.Float32, ScalarType.Float64 } from nesterov in new[] { false, true } select (kind, type, nesterov)];

    // Float32 uses loops over memory, float64 uses operations over lists: one list per factor.
    [Theory]
    [MemberData(nameof(Factored))]
    public void A_rate_factor_equals_an_optimizer_of_that_parameter_alone_at_that_rate(OptimizerKind kind, ScalarType type, bool nesterov)
    {
        long[][] shapes = [[4, 5], [5], [3, 2, 3, 3], [3]];
        double[] factors = [1, 0.25, 0.25, 0];
        var options = new OptimizerOptions { Kind = kind, Nesterov = nesterov, WeightDecay = 0.03 };
        using ToyParameters together = new(18, type, shapes), apart = new(18, type, shapes);
        using var optimizer = options.Create(together.Named, name => factors[together.Named.FindIndex(p => p.Name == name)]);
        var alone = apart.Named.Select(parameter => options.Create([parameter])).ToList();
        for (int step = 0; step < 5; step++)
        {
            together.DrawGradients();
            apart.DrawGradients();
            double rate = 0.1 / (1 + step % 3);
            optimizer.Step(rate);
            for (int p = 0; p < shapes.Length; p++) alone[p].Step(rate * factors[p]);
        }
        together.WeightBytes().ShouldBe(apart.WeightBytes());
        alone.ForEach(one => one.Dispose());
        Should.Throw<ArgumentOutOfRangeException>(() => options.Create(together.Named, _ => double.NaN)).Message.ShouldContain("layer0.weight");
    }

    // Δw = −rate · factor · g. For AdamW, whose first m̂/√v̂ is the sign of the gradient: −rate · factor · (λw + sign g).
    [Theory]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.Lars)]
    [InlineData(OptimizerKind.Adamw)]
    public void The_first_step_equals_the_formula_with_the_factor(OptimizerKind kind)
    {
        const double Rate = 0.3, Decay = 0.02, Trust = 0.001;
        double[] factors = [0.5, 0.125];
        using var toy = new ToyParameters(19, ScalarType.Float64, [3, 4], [2, 2]);
        using var optimizer = new OptimizerOptions { Kind = kind, Momentum = 0, WeightDecay = Decay, Epsilon = 1e-300, TrustCoefficient = Trust }.Create(toy.Named, name => factors[name == "layer0.weight" ? 0 : 1]);
        var (before, gradients) = (toy.Weights(), toy.DrawGradients());
        optimizer.Step(Rate);
        for (int p = 0; p < 2; p++)
        {
            double[] w = before[p], decayed = [.. w.Zip(gradients[p], (x, g) => g + Decay * x)];
            double trust = Trust * Math.Sqrt(w.Sum(x => x * x) / decayed.Sum(x => x * x));
            toy.Weights()[p].ShouldBeCloseTo([.. w.Select((x, i) => x - Rate * factors[p] * (kind switch
            {
                OptimizerKind.Sgd => decayed[i],
                OptimizerKind.Lars => trust * decayed[i],
                _ => Decay * x + Math.Sign(gradients[p][i]),
            }))], 1e-12);
        }
    }
}
