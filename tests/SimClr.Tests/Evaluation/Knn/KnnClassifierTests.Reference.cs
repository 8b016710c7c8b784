using CsCheck;

namespace SimClr.Tests.Evaluation;

public sealed partial class KnnClassifierTests
{
    private static readonly Gen<(Rows Train, Rows Test, int K)> Cases =
        from seed in Gen.Int[0, 1_000_000]
        from classes in Gen.Int[2, 7]
        from train in Gen.Int[classes, 60]
        from test in Gen.Int[1, 12]
        from dimensions in Gen.Int[2, 9]
        from k in Gen.Int[1, 70]
        let split = Rows.Split(seed, train, test, dimensions, classes)
        select (split.Train, split.Test, k);

    [Fact]
    public void Agrees_with_a_loop_in_double_precision() => Cases.Sample(c =>
    {
        if (NearTie(c.Train, c.Test, c.K)) return;
        foreach (bool weighted in new[] { true, false })
        {
            var scores = Scores(c.Train, c.Test, c.K, weighted);
            var slow = SlowVotes(c.Train, c.Test, c.K, weighted);
            for (int i = 0; i < slow.Length; i++)
                for (int j = 0; j < slow[i].Length; j++) Math.Exp(scores[i][j] - scores[i].Max()).ShouldBe(slow[i][j] / slow[i].Max(), 1e-4);
        }
    }, iter: 100);

    [Fact]
    public void Several_k_at_once_give_the_results_of_each_alone() => Cases.Sample(c =>
    {
        var together = Scores(c.Train, c.Test, [c.K, 1, 1000]);
        for (int i = 0; i < 3; i++)
            together.Skip(2 * i).Take(2).ShouldBe(Scores(c.Train, c.Test, [new[] { c.K, 1, 1000 }[i]]));
    }, iter: 30);

    private static double[][] SlowVotes(Rows train, Rows test, int k, bool weighted) => [.. test.Values.Select(query =>
    {
        var votes = new double[train.Classes];
        foreach (var (row, cosine) in Ranked(train, query).Take(k)) votes[train.Labels[row]] += weighted ? Math.Exp(cosine / 0.07) : 1;
        return votes;
    })];

    // If float32 may rank the k-th and the next neighbour differently, nothing is compared.
    private static bool NearTie(Rows train, Rows test, int k) => k < train.Labels.Length && test.Values.Any(query =>
    {
        var ranked = Ranked(train, query).ToList();
        return ranked[k - 1].Cosine - ranked[k].Cosine < 1e-5;
    });

    private static IEnumerable<(int Row, double Cosine)> Ranked(Rows train, float[] query) =>
        train.Values.Select((row, i) => (i, Dot(row, query) / Math.Sqrt(Dot(row, row) * Dot(query, query)))).OrderByDescending(n => n.Item2);

    private static double Dot(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum();
}
