using CsCheck;
using SimClr.Evaluation;
using TorchSharp;

namespace SimClr.Tests.Evaluation;

public sealed class KMeansTests
{
    private static (int[] Clusters, float[] Cosines, double[] Inertia, bool Converged, float[][] Centres) Run(Rows rows, int clusters, long seed = 0, int iterations = 300)
    {
        using var features = rows.ToFeatures();
        using var result = KMeans.Run(features.Values, new KMeansOptions { Clusters = clusters, Seed = seed, MaxIterations = iterations });
        return ([.. result.Clusters], [.. result.Cosines], [.. result.Inertia], result.Converged, result.Centres.data<float>().ToArray().Chunk(rows.Values[0].Length).ToArray());
    }

    private static readonly Gen<(Rows Rows, int Clusters, long Seed)> Cases =
        from seed in Gen.Int[0, 100_000]
        from count in Gen.Int[1, 60]
        from clusters in Gen.Int[1, Math.Min(count, 12)]
        from dimensions in Gen.Int[1, 5]
        select (Rows.Random(seed, count, dimensions, 3), clusters, (long)seed);

    [Fact]
    public void On_tiny_data_the_best_of_several_seeds_is_the_best_partition()
    {
        for (int set = 0; set < 6; set++)
        {
            var rows = Rows.Random(set, 8, 3, 2);
            double best = Partitions(8, 3).Min(partition => Cost(rows, partition, 3));
            var found = Enumerable.Range(0, 40).Select(seed => Run(rows, 3, seed).Inertia[^1]).ToList();
            found.ShouldAllBe(inertia => inertia >= best - 1e-4);
            found.Min().ShouldBe(best, 1e-4);
        }
    }

    private static IEnumerable<int[]> Partitions(int rows, int clusters) =>
        Enumerable.Range(0, (int)Math.Pow(clusters, rows)).Select(code => Enumerable.Range(0, rows).Select(i => code / (int)Math.Pow(clusters, i) % clusters).ToArray());

    // Σ (1 − cos) with the optimal centres: the directions of the sums of unit rows.
    private static double Cost(Rows rows, int[] clusters, int count)
    {
        double cost = rows.Values.Length;
        for (int c = 0; c < count; c++)
        {
            var sum = new double[rows.Values[0].Length];
            foreach (var row in rows.Values.Where((_, i) => clusters[i] == c))
            {
                double length = Math.Sqrt(row.Sum(x => (double)x * x));
                for (int d = 0; d < sum.Length; d++) sum[d] += row[d] / length;
            }
            cost -= Math.Sqrt(sum.Sum(x => x * x)); // n − Σ cos = n − ‖Σ u‖
        }
        return cost;
    }

    [Fact]
    public void The_sum_never_rises_and_the_end_is_a_fixed_point() => Cases.Sample(c =>
    {
        var (clusters, cosines, inertia, converged, centres) = Run(c.Rows, c.Clusters, c.Seed);
        converged.ShouldBeTrue();
        inertia.Zip(inertia.Skip(1)).ShouldAllBe(pair => pair.Second <= pair.First);
        inertia[^1].ShouldBe(cosines.Sum(x => Math.Max(0, 1 - (double)x)), 1e-9);
        inertia[^1].ShouldBe(Cost(c.Rows, clusters, c.Clusters), 1e-3);
        for (int i = 0; i < clusters.Length; i++)
        {
            var all = centres.Select(centre => Cosine(c.Rows.Values[i], centre)).ToArray();
            ((double)cosines[i]).ShouldBe(all[clusters[i]], 1e-4);
            all.Max().ShouldBe(all[clusters[i]], 1e-4); // no row is closer to another centre
        }
    }, iter: 100);

    private static double Cosine(float[] a, float[] b)
    {
        double lengths = Math.Sqrt(a.Sum(x => (double)x * x) * b.Sum(x => (double)x * x));
        return lengths == 0 ? 0 : a.Zip(b, (x, y) => (double)x * y).Sum() / lengths;
    }

    [Fact]
    public void No_cluster_is_empty_if_there_are_enough_directions() => Gen.Int[0, 100_000].Sample(seed =>
    {
        // Half the rows are one point, so that initial centres coincide and clusters become empty.
        var random = Rows.Random(seed, 24, 3, 2);
        var rows = random.Map((i, row) => i % 2 == 0 ? [1f, 2, 3] : row);
        Run(rows, 12, seed).Clusters.Distinct().Count().ShouldBe(12);
    }, iter: 50);

    [Fact]
    public void Equal_rows_form_one_cluster_for_any_K()
    {
        var (clusters, _, inertia, converged, _) = Run(new Rows([.. Enumerable.Repeat(new float[] { 3, 4 }, 6)], new long[6]), 4);
        converged.ShouldBeTrue();
        inertia[^1].ShouldBe(0, 1e-6);
        clusters.Length.ShouldBe(6);
    }

    [Fact]
    public void Separate_groups_are_found_and_length_does_not_matter()
    {
        float[][] directions = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
        var random = new Random(5);
        var rows = new Rows([.. Enumerable.Range(0, 300).Select(i => directions[i % 3].Select(x => (x + 0.2f * random.NextSingle()) * (1 + i)).ToArray())], [.. Enumerable.Range(0, 300).Select(i => (long)(i % 3))]);
        var clusters = Run(rows, 3, seed: 1).Clusters;
        ClusterAgreement.Of(clusters, [.. rows.Labels.Select(l => (int)l)]).ShouldBe(new ClusterAgreement(1, 1));
    }

    [Fact]
    public void The_same_seed_gives_the_same_clusters_and_others_give_others()
    {
        // Data without clusters have many local optima.
        var rows = Rows.Random(8, 400, 16, 1);
        var first = Enumerable.Range(0, 8).Select(seed => Run(rows, 12, seed)).ToList();
        var again = Enumerable.Range(0, 8).Select(seed => Run(rows, 12, seed)).ToList();
        again.Select(run => run.Clusters).ShouldBe(first.Select(run => run.Clusters));
        again.Select(run => run.Inertia).ShouldBe(first.Select(run => run.Inertia));
        first.Select(run => run.Inertia[^1]).Distinct().Count().ShouldBe(8);
    }

    [Fact]
    public void A_row_that_is_a_cluster_of_its_own_has_the_cosine_1_and_none_has_more()
    {
        var (_, cosines, _, _, _) = Run(Rows.Random(2, 60, 512, 60), 60);
        cosines.ShouldAllBe(cosine => cosine <= 1 && cosine > 1 - 1e-6f);
    }

    [Fact]
    public void A_used_up_limit_of_rounds_is_reported()
    {
        var rows = Rows.Random(3, 2_000, 8, 5, spread: 3);
        Run(rows, 20, iterations: 1).Converged.ShouldBeFalse();
        Run(rows, 20, iterations: 1).Inertia.Length.ShouldBe(2);
    }

    [Theory]
    [InlineData(0, 300, "not 0")]
    [InlineData(6, 300, "5 rows can be cut into 1 to 5 clusters, not 6")]
    [InlineData(2, 0, "MaxIterations is 0")]
    public void Options_out_of_range_are_reported(int clusters, int iterations, string reason) =>
        Should.Throw<ArgumentException>(() => Run(Rows.Random(1, 5, 2, 2), clusters, iterations: iterations)).Message.ShouldContain(reason);

    [Fact]
    public void No_tensor_leaks()
    {
        using var features = Rows.Random(1, 200, 4, 3).ToFeatures();
        var statistics = DisposeScopeManager.Statistics.TensorStatistics;
        long before = statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 5; i++) KMeans.Run(features.Values, new KMeansOptions { Clusters = 7 }).Dispose();
        statistics.ThreadTotalLiveCount.ShouldBe(before);
    }
}
