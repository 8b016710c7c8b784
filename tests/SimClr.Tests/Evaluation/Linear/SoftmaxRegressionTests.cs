using System.Text.Json;
using SimClr.Evaluation;
using TorchSharp;

namespace SimClr.Tests.Evaluation;

public sealed partial class SoftmaxRegressionTests
{
    [Fact]
    public void Reaches_the_optimum_that_scikit_learn_found_on_digits()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Evaluation", "Goldens", "softmax_regression.json")));
        using var train = Digits("train");
        using var test = Digits("test");
        using var regression = new SoftmaxRegression(train);
        foreach (var item in golden.RootElement.GetProperty("cases").EnumerateArray())
        {
            using var fit = regression.Fit(item.GetProperty("l2").GetDouble());
            using var scores = fit.Score(test.Values);
            double objective = item.GetProperty("objective").GetDouble();

            fit.Converged.ShouldBeTrue();
            fit.Objective.ShouldBe(objective, 1e-6 * objective);
            Accuracy.Of(scores, test.Labels).Top1.ShouldBe(item.GetProperty("test_accuracy").GetDouble(), 1e-12);
        }

        Features Digits(string part) => new Rows(
            [.. golden.RootElement.GetProperty(part).EnumerateArray().Select(image => image.GetString()!.Select(c => "0123456789abcdefg".IndexOf(c) / 16f).ToArray())],
            [.. golden.RootElement.GetProperty(part + "_labels").EnumerateArray().Select(e => e.GetInt64())]).ToFeatures();
    }

    [Fact]
    public void A_warm_start_ends_at_the_same_optimum_in_fewer_steps()
    {
        using var features = Rows.Random(5, 300, 10, 4, spread: 2).ToFeatures();
        using var regression = new SoftmaxRegression(features);
        using var before = regression.Fit(0.002);
        using var cold = regression.Fit(0.001, tolerance: 1e-9);
        using var warm = regression.Fit(0.001, before, tolerance: 1e-9);
        using var there = regression.Fit(0.001, warm, tolerance: 1e-9);

        warm.Parameters.data<double>().ToArray().ShouldBe(cold.Parameters.data<double>().ToArray(), 1e-6);
        warm.Iterations.ShouldBeLessThan(cold.Iterations);
        there.Iterations.ShouldBe(0);
    }

    [Fact]
    public void An_extreme_penalty_leaves_the_class_priors()
    {
        var rows = Rows.Random(2, 100, 5, 4);
        using var features = rows.ToFeatures();
        using var regression = new SoftmaxRegression(features);
        using var fit = regression.Fit(1e9, tolerance: 1e-9);
        using var shares = fit.Score(features.Values).softmax(1);

        var priors = Enumerable.Range(0, 4).Select(c => rows.Labels.Count(l => l == c) / 100.0);
        foreach (var row in shares.data<double>().ToArray().Chunk(4)) row.ShouldBe(priors, 1e-6);
    }

    [Fact]
    public void Strongly_correlated_features_need_only_tens_of_iterations()
    {
        // Standard deviations of 10⁰ … 10⁻³ mixed by sums: the condition number of the Gram matrix is about 10⁶ and more.
        var rows = Rows.Random(4, 400, 12, 3).Map((_, row) =>
        {
            var mixed = new float[row.Length];
            for (int j = 0; j < row.Length; j++)
                for (int i = 0; i < row.Length; i++) mixed[j] += row[i] * MathF.Pow(10, -3f * i / 11) * MathF.Cos(i * j + 1);
            return mixed;
        });
        using var features = rows.ToFeatures();
        using var regression = new SoftmaxRegression(features);
        using var fit = regression.Fit(1e-3);
        fit.Converged.ShouldBeTrue();
        fit.Iterations.ShouldBeLessThan(60);
    }

    [Fact]
    public void A_class_without_training_rows_has_probability_0_and_does_not_affect_the_others()
    {
        var rows = Rows.Random(6, 50, 4, 3);
        using var features = rows.ToFeatures();
        using var withGap = (rows with { Labels = [.. rows.Labels.Select(l => l == 2 ? 3 : l)] }).ToFeatures();
        using var regression = new SoftmaxRegression(features);
        using var regressionWithGap = new SoftmaxRegression(withGap);
        using var fit = regression.Fit(0.01);
        using var start = regressionWithGap.Fit(0.1);
        using var fitWithGap = regressionWithGap.Fit(0.01, start);
        using var scores = fitWithGap.Score(features.Values);

        fitWithGap.Objective.ShouldBe(fit.Objective, 1e-7);
        scores.data<double>().ToArray().Chunk(4).ShouldAllBe(row => double.IsNegativeInfinity(row[2]) && double.IsFinite(row[3]));
    }

    [Fact]
    public void An_interrupted_search_is_reported_as_not_converged()
    {
        using var features = Rows.Random(7, 100, 6, 3).ToFeatures();
        using var regression = new SoftmaxRegression(features);
        using var fit = regression.Fit(1e-4, maxIterations: 2);
        fit.Iterations.ShouldBe(2);
        fit.Converged.ShouldBeFalse();
    }

    [Fact]
    public void Arguments_out_of_range_are_reported()
    {
        using var features = Rows.Random(7, 10, 2, 3).ToFeatures();
        using var other = Rows.Random(7, 10, 4, 3).ToFeatures();
        using var regression = new SoftmaxRegression(features);
        using var otherRegression = new SoftmaxRegression(other);
        using var start = otherRegression.Fit(1);
        Should.Throw<ArgumentException>(() => regression.Fit(0)).Message.ShouldContain("it is 0");
        Should.Throw<ArgumentException>(() => regression.Fit(double.NaN)).Message.ShouldContain("it is NaN");
        Should.Throw<ArgumentException>(() => regression.Fit(1, tolerance: 0)).Message.ShouldContain("it is 0");
        Should.Throw<ArgumentException>(() => regression.Fit(1, start)).Message.ShouldContain("(3, 5) parameters; here they are (3, 3)");
        Should.Throw<ArgumentException>(() => start.Score(features.Values)).Message.ShouldContain("4 dimensions, these have 2");
    }

    [Fact]
    public void No_tensor_leaks()
    {
        using var features = Rows.Random(1, 100, 8, 3).ToFeatures();
        var statistics = DisposeScopeManager.Statistics.TensorStatistics;
        long before = statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 5; i++)
        {
            using var regression = new SoftmaxRegression(features);
            using var fit = regression.Fit(1e-4);
            fit.Iterations.ShouldBeGreaterThan(25); // more iterations than the search's history
            fit.Score(features.Values).Dispose();
        }
        statistics.ThreadTotalLiveCount.ShouldBe(before);
    }
}
