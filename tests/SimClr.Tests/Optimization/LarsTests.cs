using System.Text.Json;
using SimClr.Optimization;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace SimClr.Tests.Optimization;

public sealed class LarsTests
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true };
    private static readonly Case[] Cases = JsonSerializer.Deserialize<File>(
        System.IO.File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Optimization", "Goldens", "lars.json")), SnakeCase)!.Cases;

    public static TheoryData<int> Indices => [.. Enumerable.Range(0, Cases.Length)];

    [Theory]
    [MemberData(nameof(Indices))]
    public void Parameters_and_velocities_equal_the_reference_after_every_step(int index)
    {
        var golden = Cases[index];
        // An excluded parameter, one of a single dimension, is neither adapted nor decayed.
        bool excluded = !golden.LayerAdaptation && !golden.ApplyWeightDecay;
        using var w = Parameter(golden.Initial, excluded);
        using var lars = new Lars([("w", w)], new OptimizerOptions
        {
            Momentum = golden.Momentum,
            Nesterov = golden.Nesterov,
            TrustCoefficient = golden.Eeta,
            WeightDecay = golden.ApplyWeightDecay || excluded ? golden.WeightDecay : 0,
        });
        golden.Steps.Length.ShouldBe(4);
        foreach (var step in golden.Steps)
        {
            using var gradient = Parameter(step.Gradient, excluded).detach();
            w.grad = gradient;
            lars.Step(step.Lr);
            ToyParameters.Values(w).ShouldBeCloseTo(Flat(step.Parameter), 1e-13);
            ToyParameters.Values(lars.State["momentum.w"]).ShouldBeCloseTo(Flat(step.Velocity), 1e-13);
        }
    }

    [Fact]
    public void Zero_weights_take_the_unadapted_step()
    {
        using var toy = new ToyParameters(1, ScalarType.Float32, [2, 2]);
        using (no_grad()) toy[0].zero_();
        using var lars = new Lars(toy.Named, new OptimizerOptions());
        toy.SetGradient(0, 1, -2, 3, -4);
        lars.Step(0.5);
        toy.Weights()[0].ShouldBe([-0.5, 1, -1.5, 2]);
    }

    // v ← μ·v + lr·(g + λ·w): google-research/simclr keeps the classification layer out of the adaptation and adds its L2 to the loss.
    [Theory]
    [InlineData(ScalarType.Float32, false, 1e-6)]
    [InlineData(ScalarType.Float32, true, 1e-6)]
    [InlineData(ScalarType.Float64, false, 1e-14)]
    [InlineData(ScalarType.Float64, true, 1e-14)]
    public void A_layer_that_is_not_adapted_decays_and_takes_the_whole_rate(ScalarType dtype, bool nesterov, double tolerance)
    {
        const double μ = 0.9, λ = 0.1;
        using var toy = new ToyParameters(6, dtype, [3, 4], [3, 4]);
        using var alone = new ToyParameters(6, dtype, [3, 4], [3, 4]);
        var options = new OptimizerOptions { Momentum = μ, Nesterov = nesterov, WeightDecay = λ };
        using var lars = new Lars(toy.Named, options, adapted: name => name != "layer1.weight");
        using var all = new Lars(alone.Named, options);
        double[] w = toy.Weights()[1], v = new double[w.Length];
        for (int step = 0; step < 4; step++)
        {
            double lr = 0.5 / (step + 1);
            double[] g = [.. toy.DrawGradients()[1].Zip(w, (gradient, weight) => gradient + λ * weight)];
            alone.DrawGradients();
            v = [.. v.Zip(g, (old, now) => μ * old + lr * now)];
            w = nesterov ? [.. w.Select((weight, i) => weight - μ * v[i] - lr * g[i])] : [.. w.Zip(v, (weight, speed) => weight - speed)];
            lars.Step(lr);
            all.Step(lr);
            toy.Weights()[1].ShouldBeCloseTo(w, tolerance);
        }
        toy.Weights()[0].ShouldBe(alone.Weights()[0]); // the other layer is adapted as ever
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.1)]
    public void A_gradient_of_zero_leaves_the_decay_and_no_NaN(double λ)
    {
        using var toy = new ToyParameters(2, ScalarType.Float64, [2, 2]);
        var before = toy.Weights()[0];
        using var lars = new Lars(toy.Named, new OptimizerOptions { WeightDecay = λ });
        toy.SetGradient(0, 0, 0, 0, 0);
        lars.Step(0.5);
        // g = λ·w, so r·g = η·w for every λ except 0.
        toy.Weights()[0].ShouldBeCloseTo([.. before.Select(w => λ == 0 ? w : w * (1 - 0.5 * 0.001))], 1e-15);
    }

    [Fact]
    public void Zero_weights_with_zero_gradients_stay_zero()
    {
        using var toy = new ToyParameters(2, ScalarType.Float32, [2, 2]);
        using (no_grad()) toy[0].zero_();
        using var lars = new Lars(toy.Named, new OptimizerOptions { WeightDecay = 0.1 });
        toy.SetGradient(0, 0, 0, 0, 0);
        lars.Step(0.5);
        toy.Weights()[0].ShouldAllBe(w => w == 0);
    }

    [Fact]
    public void The_first_step_of_a_layer_is_a_fixed_share_of_its_weights_for_any_gradient()
    {
        using var toy = new ToyParameters(5, ScalarType.Float64, [3, 4], [3, 4]);
        toy.DrawGradients();
        using (no_grad())
        {
            using var large = toy[1].grad!;
            large.mul_(1e6);
        }
        var before = toy.Weights();
        using var lars = new Lars(toy.Named, new OptimizerOptions { WeightDecay = 0, TrustCoefficient = 0.02 });
        lars.Step(0.5);
        for (int p = 0; p < 2; p++)
        {
            double moved = Math.Sqrt(before[p].Zip(toy.Weights()[p], (a, b) => (a - b) * (a - b)).Sum());
            moved.ShouldBe(0.5 * 0.02 * Math.Sqrt(before[p].Sum(w => w * w)), 1e-12);
        }
    }

    private static double[] Flat(double[][] rows) => [.. rows.SelectMany(r => r)];

    private static Parameter Parameter(double[][] rows, bool flat)
    {
        using var values = tensor(Flat(rows));
        return new Parameter(values.reshape(flat ? [-1] : [rows.Length, -1]).clone());
    }

    private sealed record File(Case[] Cases);

    private sealed record Case(double Momentum, double WeightDecay, bool Nesterov, bool LayerAdaptation, bool ApplyWeightDecay, double Eeta, double[][] Initial, Step[] Steps);

    private sealed record Step(double Lr, double[][] Gradient, double[][] Parameter, double[][] Velocity);
}
