using CsCheck;
using SimClr.Evaluation;
using TorchSharp;

namespace SimClr.Tests.Evaluation;

public sealed class NearDuplicatesTests
{
    [Fact]
    public void They_are_the_pairs_of_a_plain_double_loop() =>
        (from seed in Gen.Int[0, 100_000]
         from count in Gen.Int[2, 60]
         from threshold in Gen.Double[-1, 1]
         select (seed, count, threshold)).Sample(c =>
        {
            var rows = Rows.Random(c.seed, c.count, 3, 2);
            using var features = rows.ToFeatures();
            var slow = from i in Enumerable.Range(0, c.count) from j in Enumerable.Range(i + 1, c.count - i - 1) select (i, j, Cosine: Cosine(rows.Values[i], rows.Values[j]));
            if (slow.Any(pair => Math.Abs(pair.Cosine - c.threshold) < 1e-5)) return; // float32 may see it on the other side

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
    public void Pairs_are_found_within_and_across_blocks_of_rows_and_no_tensor_is_left_behind()
    {
        // 5,000 rows make blocks of 3,355. Each number has a direction of its own, so equal ones are the pairs.
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

    [Fact]
    public void What_is_out_of_range_is_refused_at_once()
    {
        using var features = Rows.Random(1, 4, 2, 2).ToFeatures();
        Should.Throw<ArgumentException>(() => NearDuplicates.Pairs(features.Values, 1.5)).Message.ShouldContain("the threshold is 1.5");
        Should.Throw<ArgumentException>(() => NearDuplicates.Pairs(features.Values, double.NaN));
    }
}
