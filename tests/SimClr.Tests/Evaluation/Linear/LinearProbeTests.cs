using CsCheck;
using SimClr.Evaluation;
using TorchSharp;

namespace SimClr.Tests.Evaluation;

public sealed class LinearProbeTests
{
    private sealed record Result(Accuracy Accuracy, double L2, double HeldOutTop1, int Iterations, bool Converged);

    private static Result Run(Rows train, Rows test, LinearProbeOptions? options = null)
    {
        using var first = train.ToFeatures();
        using var second = new TestSet(test.ToFeatures());
        using var fit = LinearProbe.Fit(first, options);
        return new Result(second.Score("linear", fit.Classifier.Score).Accuracy, fit.L2, fit.HeldOutTop1, fit.Iterations, fit.Converged);
    }

    [Fact]
    public void Separable_classes_are_separated()
    {
        var (train, test) = Rows.Split(1, 300, 200, 16, 4, spread: 0.3);
        var result = Run(train, test);
        result.Accuracy.Top1.ShouldBe(1);
        result.Accuracy.Top5.ShouldBe(1);
        result.HeldOutTop1.ShouldBe(1);
        result.Converged.ShouldBeTrue();
    }

    [Fact]
    public void Noise_stays_at_chance()
    {
        var (train, test) = Rows.Split(2, 400, 400, 8, 4, spread: 1000);
        Run(train, test).Accuracy.Top1.ShouldBeInRange(0.15, 0.35);
    }

    [Theory]
    [InlineData(30)]
    [InlineData(200)] // more dimensions than rows
    public void The_chosen_strength_is_the_best_of_the_path_on_the_held_out_rows(int dimensions)
    {
        var (train, test) = Rows.Split(4, 150, 50, dimensions, 3, spread: dimensions / 7.5);
        var options = new LinearProbeOptions { L2Count = 8, Patience = 8, HeldOutFraction = 0.3, Seed = 5 };
        var result = Run(train, test, options);

        // The same from the definition, without a warm start.
        var standard = Standardised(train);
        using var features = train.ToFeatures();
        var (order, heldOut) = ValidationSplit.First(features, options.HeldOutFraction, options.Seed);
        int[] rows = [.. order.Select(i => (int)i)];
        using var held = standard.Ordered(rows[..(int)heldOut]).ToFeatures();
        using var rest = standard.Ordered(rows[(int)heldOut..]).ToFeatures();
        using var regression = new SoftmaxRegression(rest);
        var tried = options.L2Path().Select(l2 =>
        {
            using var fit = regression.Fit(l2, tolerance: 1e-7);
            using var scores = fit.Score(held.Values);
            return (L2: l2, Accuracy.Of(scores, held.Labels).Top1);
        }).ToList();
        var best = tried.MaxBy(t => t.Top1); // the first of equal scores

        tried.Select(t => t.Top1).Distinct().Count().ShouldBeGreaterThan(2);
        result.L2.ShouldBe(best.L2);
        result.HeldOutTop1.ShouldBe(best.Top1, 1e-12);
    }

    [Fact]
    public void Strong_values_that_predict_the_most_frequent_class_alone_do_not_end_the_path()
    {
        var random = new Random(7);
        float[] Row(bool rare) => [.. Enumerable.Range(0, 16).Select(_ => (float)(random.NextDouble() * 3.4 + (rare ? 1 : 0)))];
        Rows Draw(int count) => new([.. Enumerable.Range(0, count).Select(i => Row(i % 50 == 0))], [.. Enumerable.Range(0, count).Select(i => i % 50 == 0 ? 1L : 0)]);
        var (train, test) = (Draw(3000), Draw(3000)); // 98 : 2
        var result = Run(train, test);
        result.Accuracy.MeanPerClass.ShouldBeGreaterThan(0.7); // 0.5 for the most frequent class alone
        result.ShouldBe(Run(train, test, new() { Patience = 15 }));
    }

    [Theory]
    [InlineData(6)]
    [InlineData(300)] // more dimensions than rows
    public void The_returned_classifier_reproduces_the_figures_on_raw_features(int dimensions)
    {
        var (train, test) = Rows.Split(5, 200, 100, dimensions, 3, spread: 2);
        static float[] Raw(int row, float[] values) => [.. values.Select((v, d) => 10 * v * (d + 1) + d)];
        using var first = train.Map(Raw).ToFeatures();
        using var fit = LinearProbe.Fit(first);

        // Softmax regression with the chosen strength, on features standardised by a simple loop.
        using var standard = Standardised(train).ToFeatures();
        using var regression = new SoftmaxRegression(standard);
        using var slow = regression.Fit(fit.L2, tolerance: 1e-7);
        var (means, deviations) = Moments(train);
        using var scaled = test.Map((_, row) => [.. row.Select((v, d) => (float)((v - means[d]) / deviations[d]))]).ToFeatures();
        using var expected = slow.Score(scaled.Values).softmax(1);
        using var raw = test.Map(Raw).ToFeatures();
        using var actual = fit.Classifier.Score(raw.Values).softmax(1);
        (expected - actual).abs().max().item<double>().ShouldBeLessThan(1e-3);
    }

    [Fact]
    public void Patience_ends_the_path_and_does_not_change_earlier_values()
    {
        var (train, test) = Rows.Split(3, 200, 100, 30, 3, spread: 3);
        var first = Run(train, test, new() { Patience = 1 });
        Run(train, test, new() { Patience = 15 }).HeldOutTop1.ShouldBeGreaterThanOrEqualTo(first.HeldOutTop1);
        var ended = new LinearProbeOptions().L2Path().TakeWhile(l2 => l2 >= first.L2).Count();
        Run(train, test, new() { L2Count = ended, WeakestL2 = first.L2, Patience = 15 }).L2.ShouldBe(first.L2, 1e-9 * first.L2);
    }

    [Fact]
    public void Scale_and_offset_of_a_dimension_do_not_matter()
    {
        var (train, test) = Rows.Split(5, 200, 100, 6, 3, spread: 2);
        static float[] Change(int i, float[] row) => [.. row.Select((v, d) => v * MathF.Pow(4, d - 3) + d)];
        var (before, after) = (Run(train, test), Run(train.Map(Change), test.Map(Change)));
        after.L2.ShouldBe(before.L2);
        after.Accuracy.Top1.ShouldBe(before.Accuracy.Top1, 0.011); // float32 may change one row
    }

    [Fact]
    public void A_dimension_that_is_constant_in_training_is_ignored_on_the_test_set()
    {
        var (train, test) = Rows.Split(6, 200, 100, 6, 3, spread: 2);
        var plain = Run(train, test);
        foreach (float constant in new[] { 0f, 0.1f, 1e6f })
            Run(train.Map((_, row) => [.. row, constant]), test.Map((i, row) => [.. row, 1e6f * i])).ShouldBe(plain);
    }

    [Fact]
    public void Standardised_dimensions_have_mean_zero_and_deviation_one()
    {
        var rows = Rows.Random(7, 500, 5, 3).Map((_, row) => [.. row.Select((v, d) => v * (d + 1) * 100 + 50 * d)]);
        using var features = rows.ToFeatures();
        var (mean, inverse) = LinearProbe.Scaling(features.Values);
        using (mean) using (inverse)
        {
            for (int d = 0; d < 5; d++)
            {
                double slowMean = rows.Values.Average(row => (double)row[d]);
                double slowVariance = rows.Values.Average(row => (row[d] - slowMean) * (row[d] - slowMean));
                mean[d].item<float>().ShouldBe((float)slowMean, 1e-3f);
                (1 / inverse[d].item<float>()).ShouldBe((float)Math.Sqrt(slowVariance), 1e-2f);
            }
        }
    }

    [Fact]
    public void The_held_out_part_is_stratified_seeded_and_complete()
    {
        var cases = from seed in Gen.Int
                    from classes in Gen.Int[2, 6]
                    from count in Gen.Int[2 * classes, 200]
                    from fraction in Gen.Double[0.01, 0.99]
                    select (Rows.Random(seed, count, 1, classes), new LinearProbeOptions { Seed = seed, HeldOutFraction = fraction });
        cases.Sample((rows, options) =>
        {
            using var features = rows.ToFeatures();
            long[] counts = [.. Enumerable.Range(0, rows.Classes).Select(c => (long)rows.Labels.Count(l => l == c))];
            if (counts.Max() < 2) return;
            var (order, heldOut) = ValidationSplit.First(features, options.HeldOutFraction, options.Seed);

            order.Order().ShouldBe(Enumerable.Range(0, rows.Labels.Length).Select(i => (long)i));
            ValidationSplit.First(features, options.HeldOutFraction, options.Seed).Order.ShouldBe(order);
            for (int c = 0; c < counts.Length; c++)
            {
                long taken = order.Take((int)heldOut).Count(i => rows.Labels[i] == c);
                if (counts[c] == 1) taken.ShouldBe(0);
                else
                {
                    taken.ShouldBeInRange(1, counts[c] - 1);
                    Math.Abs(taken - counts[c] * options.HeldOutFraction).ShouldBeLessThanOrEqualTo(1);
                }
            }
        }, iter: 100);
    }

    [Fact]
    public void The_path_is_log_spaced_from_strong_to_weak()
    {
        new LinearProbeOptions { StrongestL2 = 100, WeakestL2 = 0.01, L2Count = 5 }.L2Path().ShouldBe([100, 10, 1, 0.1, 0.01], 1e-9);
        new LinearProbeOptions { L2Count = 1 }.L2Path().ShouldBe([10.0]);
    }

    [Fact]
    public void Options_out_of_range_and_single_row_classes_are_reported()
    {
        var rows = Rows.Random(8, 10, 2, 2);
        Refused(new() { WeakestL2 = 0 }).ShouldContain("from 10 to 0");
        Refused(new() { WeakestL2 = 20 }).ShouldContain("from 10 to 20");
        Refused(new() { L2Count = 0 }).ShouldContain("it has 0");
        Refused(new() { HeldOutFraction = 1 }).ShouldContain("it is 1");
        Refused(new() { Patience = 0 }).ShouldContain("it is 0");
        Refused(new() { MaxIterations = 0 }).ShouldContain("limit is 0");
        var singletons = Rows.Random(9, 4, 2, 4);
        Should.Throw<InvalidDataException>(() => Run(singletons, singletons)).Message.ShouldContain("all 4 rows have classes of their own");

        string Refused(LinearProbeOptions options) => Should.Throw<ArgumentException>(() => Run(rows, rows, options)).Message;
    }

    [Fact]
    public void No_tensor_leaks_and_the_features_are_unchanged()
    {
        using var train = Rows.Random(1, 60, 8, 3).ToFeatures();
        using var copy = train.Values.clone();
        var statistics = DisposeScopeManager.Statistics.TensorStatistics;
        long before = statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 3; i++) LinearProbe.Fit(train).Dispose();
        statistics.ThreadTotalLiveCount.ShouldBe(before);
        train.Values.data<float>().ToArray().ShouldBe(copy.data<float>().ToArray());
    }

    private static Rows Standardised(Rows rows)
    {
        var (means, deviations) = Moments(rows);
        return rows.Map((_, row) => [.. row.Select((v, d) => (float)((v - means[d]) / deviations[d]))]);
    }

    private static (double[] Means, double[] Deviations) Moments(Rows rows)
    {
        var columns = Enumerable.Range(0, rows.Values[0].Length).Select(d => rows.Values.Select(row => (double)row[d]).ToArray()).ToArray();
        var means = columns.Select(column => column.Average()).ToArray();
        return (means, [.. columns.Select((column, d) => Math.Sqrt(column.Average(v => (v - means[d]) * (v - means[d]))))]);
    }
}
