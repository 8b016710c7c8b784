using CsCheck;
using SimClr.Evaluation;
using TorchSharp;

namespace SimClr.Tests.Evaluation;

public sealed class NearestNeighboursTests
{
    private static (float[] Cosines, long[] Rows)[] Find(Rows data, Rows queries, int k)
    {
        using var values = data.ToFeatures();
        using var asked = queries.ToFeatures();
        using var neighbours = new NearestNeighbours(values.Values);
        var (cosines, rows) = neighbours.Find(asked.Values, k);
        using (cosines)
        using (rows)
        {
            int width = Math.Min(k, data.Values.Length);
            return [.. cosines.data<float>().ToArray().Chunk(width).Zip(rows.data<long>().ToArray().Chunk(width))];
        }
    }

    [Fact]
    public void Neighbours_equal_a_plain_double_loop_also_among_ties() =>
        (from seed in Gen.Int[0, 100_000]
         from count in Gen.Int[1, 40]
         from k in Gen.Int[1, 45]
         from side in Gen.Int[1, 3] // few directions, with exact cosines: many ties
         select (seed, count, k, side)).Sample(c =>
        {
            var random = new Random(c.seed);
            float[] Row() => [.. Enumerable.Range(0, 4).Select(_ => (float)(random.Next(2) * c.side))];
            var (data, queries) = (new Rows([.. Enumerable.Range(0, c.count).Select(_ => Row())], new long[c.count]), new Rows([Row(), Row(), Row()], new long[3]));
            foreach (var ((cosines, rows), query) in Find(data, queries, c.k).Zip(queries.Values))
            {
                var slow = data.Values.Select((row, i) => (Row: (long)i, Cosine: Rounded(row, query))).OrderByDescending(n => n.Cosine).ThenBy(n => n.Row).Take(c.k).ToList();
                rows.ShouldBe(slow.Select(n => n.Row));
                for (int i = 0; i < rows.Length; i++) ((double)cosines[i]).ShouldBe(slow[i].Cosine, 1e-5);
            }
        }, iter: 100);

    // Zeros and one other value in four places: a cosine is √(i/j). float32 distinguishes all of these except equal ones.
    private static double Rounded(float[] a, float[] b)
    {
        double lengths = a.Sum(x => (double)x * x) * b.Sum(x => (double)x * x);
        return lengths == 0 ? 0 : Math.Round(a.Zip(b, (x, y) => (double)x * y).Sum() / Math.Sqrt(lengths), 6);
    }

    // Rounding makes some of the sums exceed 1.
    [Fact]
    public void No_cosine_is_above_1()
    {
        var rows = Rows.Random(3, 200, 512, 200);
        foreach (var (cosines, _) in Find(rows, rows, 3)) cosines.ShouldAllBe(cosine => cosine <= 1);
    }

    [Fact]
    public void Splitting_queries_into_blocks_does_not_change_results()
    {
        var data = Rows.Random(1, 30_000, 2, 3);
        var queries = Rows.Random(2, 700, 2, 3); // blocks of 559
        var (all, last) = (Find(data, queries, 5), Find(data, queries.Ordered([.. Enumerable.Range(600, 100)]), 5));
        for (int i = 0; i < 100; i++) all[600 + i].Rows.ShouldBe(last[i].Rows);
    }

    [Fact]
    public void Input_that_does_not_fit_is_refused()
    {
        using var features = Rows.Random(1, 5, 3, 2).ToFeatures();
        using var neighbours = new NearestNeighbours(features.Values);
        using var narrow = torch.zeros(1, 2);
        Should.Throw<ArgumentException>(() => neighbours.Find(narrow, 1)).Message.ShouldContain("3 dimensions, these have 2");
        Should.Throw<ArgumentException>(() => neighbours.Find(features.Values, 0));
        using var broken = torch.full(2, 3, float.NaN);
        Should.Throw<InvalidDataException>(() => new NearestNeighbours(broken)).Message.ShouldContain("row 0 of 2");
    }
}
