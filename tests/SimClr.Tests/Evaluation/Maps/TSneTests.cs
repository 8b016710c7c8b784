using SimClr.Evaluation;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Evaluation;

public sealed partial class TSneTests
{
    private static readonly TSneOptions Short = new() { Iterations = 400, ExaggeratedIterations = 150 };

    [Fact]
    public void The_divergence_falls_and_the_same_seed_gives_the_same_map()
    {
        using var features = Rows.Random(3, 150, 8, 5).ToFeatures();

        var (map, again, other) = (TSne.Fit(features.Values, Short), TSne.Fit(features.Values, Short), TSne.Fit(features.Values, Short with { Seed = 1 }));

        map.Divergence[^1].ShouldBeLessThan(0.6 * map.Divergence[0]);
        map.Divergence.Skip(4).Zip(map.Divergence.Skip(5)).ShouldAllBe(pair => pair.Second < pair.First + 1e-3); // without exaggeration
        again.X.ShouldBe(map.X);
        again.Y.ShouldBe(map.Y);
        other.X.ShouldNotBe(map.X);
        map.X.Average().ShouldBe(0, 1e-4);
    }

    [Fact]
    public void The_forces_are_the_gradient_of_the_divergence()
    {
        const int Count = 13; // one full vector and a remainder
        using var scope = NewDisposeScope();
        using var features = Rows.Random(5, Count, 4, 2).ToFeatures();
        float[] joint = TSneAffinities.Joint(features.Values.to(float64), 4);
        TSneDescent Fresh(int moved, float by)
        {
            var points = new TSneDescent(Count, joint);
            for (int i = 0; i < Count; i++) (points.X[i], points.Y[i]) = (MathF.Sin(i * 1.7f), MathF.Cos(i * 2.3f));
            points.X[moved] += by;
            return points;
        }

        var stepped = Fresh(0, 0);
        stepped.Step(rate: 1e-2f, momentum: 0, exaggeration: 1); // the first gain is 1.2 or 0.8, for a force of either sign
        var ratios = Enumerable.Range(0, Count).Select(i =>
        {
            double slope = (Fresh(i, 1e-2f).Divergence() - Fresh(i, -1e-2f).Divergence()) / 2e-2;
            double gain = slope > 0 ? 1.2 : 0.8;
            return (Expected: -1e-2 * gain * slope, Moved: stepped.X[i] - MathF.Sin(i * 1.7f));
        }).ToList();
        double shift = ratios.Average(r => r.Moved - r.Expected); // centring
        ratios.ShouldAllBe(r => Math.Abs(r.Moved - r.Expected - shift) < 2e-5);
    }

    [Fact]
    public void Well_separated_clusters_are_separate_on_the_map()
    {
        var rows = Rows.Random(4, 160, 10, 4, spread: 0.1);
        using var features = rows.ToFeatures();

        var map = TSne.Fit(features.Values, Short);

        for (int i = 0; i < rows.Labels.Length; i++)
        {
            var nearest = Enumerable.Range(0, rows.Labels.Length).Where(j => j != i)
                .OrderBy(j => Math.Pow(map.X[i] - map.X[j], 2) + Math.Pow(map.Y[i] - map.Y[j], 2)).Take(5);
            nearest.ShouldAllBe(j => rows.Labels[j] == rows.Labels[i]);
        }
    }

    [Fact]
    public void Equal_rows_and_few_rows_still_have_a_map()
    {
        using var equal = ones(12, 3);
        TSne.Fit(equal, Short).X.ShouldAllBe(x => float.IsFinite(x));
        using var five = eye(5);
        TSne.Fit(five).Divergence.ShouldAllBe(d => double.IsFinite(d));
        using var one = ones(7, 1);
        TSne.Fit(one, Short).Y.ShouldAllBe(y => float.IsFinite(y));
    }

    [Fact]
    public void Too_few_rows_and_options_out_of_range_are_reported()
    {
        using var four = ones(4, 3);
        using var many = torch.zeros(46_341, 1); // 46,341² exceeds 2³¹
        Should.Throw<ArgumentException>(() => TSne.Fit(many)).Message.ShouldContain("at most 46340 rows; there are 46341");
        Should.Throw<ArgumentException>(() => TSne.Fit(four)).Message.ShouldContain("at least 5 rows; there are 4");
        using var six = ones(6, 3);
        Should.Throw<ArgumentException>(() => TSne.Fit(six, new() { Perplexity = 1 })).Message.ShouldContain("Perplexity must be above 1; it is 1");
        Should.Throw<ArgumentException>(() => TSne.Fit(six, new() { Iterations = 20 })).Message.ShouldContain("Iterations must be at least 250; it is 20");
    }

    [Fact]
    public void No_tensor_leaks()
    {
        using var features = Rows.Random(6, 20, 4, 2).ToFeatures();
        var statistics = DisposeScopeManager.Statistics.TensorStatistics;
        long before = statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 5; i++) TSne.Fit(features.Values, Short);
        statistics.ThreadTotalLiveCount.ShouldBe(before);
    }
}
