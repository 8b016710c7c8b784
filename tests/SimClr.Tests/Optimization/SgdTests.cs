using CsCheck;
using SimClr.Optimization;
using static TorchSharp.torch;

namespace SimClr.Tests.Optimization;

public sealed class SgdTests
{
    [Fact]
    public void The_optimizer_follows_the_formula_for_all_options_and_changing_rates() =>
        Gen.Select(Gen.Int[1, 7], Gen.Int[1, 9], Gen.Double[0, 0.99], Gen.Double[0, 0.1], Gen.Bool, Gen.Int)
            .Sample((rows, columns, μ, λ, nesterov, seed) =>
            {
                using var toy = new ToyParameters(seed, ScalarType.Float64, [rows, columns], [columns]);
                using var sgd = new Sgd(toy.Named, new OptimizerOptions { Momentum = μ, WeightDecay = λ, Nesterov = nesterov });
                var w = toy.Weights();
                double[][]? v = null;
                for (int step = 0; step < 6; step++)
                {
                    double lr = 0.3 / (1 + step % 4);
                    var g = toy.DrawGradients();
                    for (int i = 0; i < w[0].Length; i++) g[0][i] += λ * w[0][i]; // the second is a bias
                    v = v is null ? g : [.. v.Zip(g, (a, b) => a.Zip(b, (x, y) => μ * x + y).ToArray())];
                    for (int p = 0; p < 2; p++)
                    {
                        for (int i = 0; i < w[p].Length; i++) w[p][i] -= lr * (nesterov ? g[p][i] + μ * v[p][i] : v[p][i]);
                    }
                    sgd.Step(lr);
                }
                for (int p = 0; p < 2; p++)
                {
                    toy.Weights()[p].ShouldBeCloseTo(w[p], 1e-12);
                    ToyParameters.Values(sgd.State[$"momentum.layer{p}.weight"]).ShouldBeCloseTo(v![p], 1e-12);
                }
            }, iter: 60, threads: 1);

    [Theory]
    [InlineData(0.9, 0.01, false)]
    [InlineData(0.9, 0.01, true)]
    [InlineData(0.9, 0.0, true)]
    [InlineData(0.0, 0.1, false)]
    public void The_optimizer_agrees_with_PyTorchs_at_a_constant_rate(double μ, double λ, bool nesterov)
    {
        using var ours = new ToyParameters(3, ScalarType.Float64, [4, 5], [6]);
        using var stocks = new ToyParameters(3, ScalarType.Float64, [4, 5], [6]);
        using var sgd = new Sgd(ours.Named, new OptimizerOptions { Momentum = μ, WeightDecay = λ, Nesterov = nesterov, ExcludeNormAndBias = false });
        using var stock = optim.SGD(stocks.Named.Select(n => n.Parameter), 0.1, momentum: μ, weight_decay: λ, nesterov: nesterov);
        for (int step = 0; step < 10; step++)
        {
            ours.DrawGradients();
            stocks.DrawGradients();
            sgd.Step(0.1);
            stock.step();
        }
        for (int p = 0; p < 2; p++) ours.Weights()[p].ShouldBeCloseTo(stocks.Weights()[p], 1e-12);
    }
}
