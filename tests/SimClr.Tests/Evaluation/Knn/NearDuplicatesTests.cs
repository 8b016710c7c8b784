using CsCheck;
using SimClr.Evaluation;
using TorchSharp;

namespace SimClr.Tests.Evaluation;

public sealed class NearDuplicatesTests
{
    [Fact]
    public void The_pairs_equal_a_plain_double_loop() =>
        (from seed in Gen.Int[0, 100_000]
         from count in Gen.Int[2, 60]
         from threshold in Gen.Double[-1, 1]
         select (seed, count, threshold)).Sample(c =>
        {
            var rows = Rows.Random(c.seed, c.count, 3, 2);
            using var features = rows.ToFeatures();
            var slow = from i in Enumerable.Range(0, c.count) from j in Enumerable.Range(i + 1, c.count - i - 1) select (i, j, Cosine: Cosine(rows.Values[i], rows.Values[j]));
            // rows of unit length and the threshold are rounded to float32
            if (slow.Any(pair => Math.Abs(pair.Cosine - c.threshold) < 3e-7)) return;

            var pairs = NearDuplicates.Pairs(features.Values, c.threshold).ToList();

            var expected = slow.Where(pair => pair.Cosine >= c.threshold).ToList();
            pairs.Select(p => (p.First, p.Second)).ShouldBe(expected.Select(p => (p.i, p.j)));
            for (int i = 0; i < pairs.Count; i++) ((double)pairs[i].Cosine).ShouldBe(expected[i].Cosine, 1e-5);
        }, iter: 100);

    private static double Cosine(float[] a, float[] b)
    {
        double Dot(float[] x, float[] y) => x.Zip(y, (p, q) => (double)p * q).Sum();
        return Dot(a, b) / Math.Sqrt(Dot(a, a) * Dot(b, b));
    }

    [Fact]
    public void Pairs_are_found_within_and_across_blocks_and_no_tensor_leaks()
    {
        // 5,000 rows give blocks of 3,355. Each number has its own direction, so the equal numbers are the pairs.
        int[] numbers = [.. Enumerable.Range(0, 5_000)];
        (numbers[4_999], numbers[10], numbers[4_000], numbers[3_500]) = (1, 7, 3_400, 3_400);
        using var values = torch.tensor(numbers.SelectMany(n => new[] { MathF.Cos(n * 0.001f), MathF.Sin(n * 0.001f) }).ToArray()).reshape(5_000, 2);
        var statistics = DisposeScopeManager.Statistics.TensorStatistics;
        long before = statistics.ThreadTotalLiveCount;

        var pairs = NearDuplicates.Pairs(values, 1 - 1.5e-7).Select(p => (p.First, p.Second)).ToList();
        _ = NearDuplicates.Pairs(values, 0).First(); // broken off

        pairs.ShouldBe([(1, 4_999), (7, 10), (3_400, 3_500), (3_400, 4_000), (3_500, 4_000)]);
        statistics.ThreadTotalLiveCount.ShouldBe(before);
    }

    // A sum of float32 products is 1 for some of them and slightly less for others.
    [Theory]
    [InlineData(3)]
    [InlineData(512)]
    [InlineData(2_048)]
    public void Rows_of_the_same_direction_have_the_cosine_1_whatever_their_length(int dimensions)
    {
        var random = Rows.Random(dimensions, 60, dimensions, 60);
        var twice = new Rows([.. random.Values, .. random.Values, .. random.Values.Select(row => Array.ConvertAll(row, x => 3 * x))], new long[180]);
        using var features = twice.ToFeatures();

        var pairs = NearDuplicates.Pairs(features.Values, 1).ToList();

        pairs.Select(p => (p.First % 60, p.Second % 60)).ShouldAllBe(p => p.Item1 == p.Item2);
        pairs.Count.ShouldBe(3 * 60);
        pairs.ShouldAllBe(p => p.Cosine == 1);
    }

    [Fact]
    public void Pairs_at_the_threshold_are_decided_in_double_precision()
    {
        // Angles of 1.0001 … 1.0099 times 0.1: float32 sums of 1,024 products cannot always distinguish their cosines.
        const int Dimensions = 1_024;
        var random = new Random(4);
        float[] Unit() => [.. Enumerable.Range(0, Dimensions).Select(_ => (float)(random.NextDouble() - 0.5))];
        var (a, b) = (Unit(), Unit());
        var rows = new Rows([a, .. Enumerable.Range(0, 100).Select(i => a.Zip(b, (x, y) => x + (0.1f + i * 1e-4f) * y).ToArray())], new long[101]);
        using var features = rows.ToFeatures();
        var exact = Enumerable.Range(1, 100).Select(i => Cosine(rows.Values[0], rows.Values[i])).ToList();
        foreach (int at in (int[])[10, 50, 90])
        {
            double threshold = (exact[at] + exact[at + 1]) / 2;
            NearDuplicates.Pairs(features.Values, threshold).Where(p => p.First == 0).Select(p => p.Second - 1).ShouldBe(Enumerable.Range(0, 100).Where(i => exact[i] >= threshold));
        }
    }

    [Fact]
    public void Values_out_of_range_are_refused_at_once()
    {
        using var features = Rows.Random(1, 4, 2, 2).ToFeatures();
        Should.Throw<ArgumentException>(() => NearDuplicates.Pairs(features.Values, 1.5)).Message.ShouldContain("the threshold is 1.5");
        Should.Throw<ArgumentException>(() => NearDuplicates.Pairs(features.Values, double.NaN));
    }
}
