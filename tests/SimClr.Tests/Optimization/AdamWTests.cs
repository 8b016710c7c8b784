using CsCheck;
using SimClr.Optimization;
using static TorchSharp.torch;

namespace SimClr.Tests.Optimization;

public sealed class AdamWTests
{
    [Fact]
    public void The_optimizer_follows_the_formula_for_all_options_and_changing_rates() =>
        Gen.Select(Gen.Int[1, 7], Gen.Int[1, 9], Gen.Double[0, 0.99], Gen.Double[0.5, 0.999], Gen.Double[0, 0.1], Gen.Double[1e-8, 1e-2], Gen.Int)
            .Sample((rows, columns, β1, β2, λ, ε, seed) =>
            {
                using var toy = new ToyParameters(seed, ScalarType.Float64, [rows, columns], [columns]);
                using var adam = new AdamW(toy.Named, new OptimizerOptions { Beta1 = β1, Beta2 = β2, WeightDecay = λ, Epsilon = ε });
                double[][] w = toy.Weights(), m = [new double[rows * columns], new double[columns]], v = [new double[rows * columns], new double[columns]];
                for (int t = 1; t <= 6; t++)
                {
                    double lr = 0.3 / (1 + t % 4);
                    var g = toy.DrawGradients();
                    for (int p = 0; p < 2; p++)
                    {
                        for (int i = 0; i < w[p].Length; i++)
                        {
                            if (p == 0) w[p][i] -= lr * λ * w[p][i]; // the second is a bias
                            m[p][i] = β1 * m[p][i] + (1 - β1) * g[p][i];
                            v[p][i] = β2 * v[p][i] + (1 - β2) * g[p][i] * g[p][i];
                            double mHat = m[p][i] / (1 - Math.Pow(β1, t)), vHat = v[p][i] / (1 - Math.Pow(β2, t));
                            w[p][i] -= lr * mHat / (Math.Sqrt(vHat) + ε);
                        }
                    }
                    adam.Step(lr);
                }
                for (int p = 0; p < 2; p++)
                {
                    toy.Weights()[p].ShouldBeCloseTo(w[p], 1e-11);
                    ToyParameters.Values(adam.State[$"exp_avg.layer{p}.weight"]).ShouldBeCloseTo(m[p], 1e-12);
                    ToyParameters.Values(adam.State[$"exp_avg_sq.layer{p}.weight"]).ShouldBeCloseTo(v[p], 1e-12);
                }
                adam.State["step"].item<long>().ShouldBe(6);
            }, iter: 60, threads: 1);

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.05)]
    public void The_optimizer_agrees_with_PyTorchs_at_a_constant_rate(double λ)
    {
        using var ours = new ToyParameters(4, ScalarType.Float64, [4, 5], [6]);
        using var stocks = new ToyParameters(4, ScalarType.Float64, [4, 5], [6]);
        using var adam = new AdamW(ours.Named, new OptimizerOptions { WeightDecay = λ, ExcludeNormAndBias = false });
        using var stock = optim.AdamW(stocks.Named.Select(n => n.Parameter), 0.01, weight_decay: λ);
        for (int step = 0; step < 10; step++)
        {
            ours.DrawGradients();
            stocks.DrawGradients();
            adam.Step(0.01);
            stock.step();
        }
        for (int p = 0; p < 2; p++) ours.Weights()[p].ShouldBeCloseTo(stocks.Weights()[p], 1e-12);
    }
}
