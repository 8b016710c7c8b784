using System.Runtime.Intrinsics;
using SimClr.Losses;
using static TorchSharp.torch;

namespace SimClr.Tests.Losses;

public sealed partial class SimilaritiesTests : IDisposable
{
    private readonly Threads threads = new(2);

    public void Dispose() => threads.Dispose();

    private static Tensor Rows(int rows, int d, bool clustered = false)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(23, CPU);
        var z = randn(rows, d, generator: generator);
        if (clustered) z = z * 0.02 + randn(1, d, generator: generator); // almost equal: sums of many large terms
        return (z / z.norm(1, keepdim: true, p: 2f)).MoveToOuterDisposeScope();
    }

    private static (double[] LogSums, Tensor Gradient, AnchorSums Sums) Both(ISimilarities similarities, int rows)
    {
        using (similarities)
        {
            double[] logSums = new double[rows];
            similarities.LogSums(logSums);
            var (gradient, sums) = similarities.Gradient(logSums);
            return (logSums, gradient, sums);
        }
    }

    [Theory]
    [InlineData(2, 1, 0.5)]
    [InlineData(6, 3, 0.025)]
    [InlineData(30, 128, 0.1)] // less than a block, no full vector
    [InlineData(256, 128, 0.5)]  // whole blocks
    [InlineData(770, 17, 0.2)] // seven blocks: one is idle in every round; the last one is incomplete
    [InlineData(2600, 40, 0.025)]
    [InlineData(1500, 64, 1000)]
    public void Fused_tiles_give_what_float64_operations_give(int rows, int d, double temperature)
    {
        foreach (var (clustered, decoupled) in ((bool, bool)[])[(false, false), (true, false), (false, true), (true, true)])
        {
            if (decoupled && rows == 2) continue; // one image: no negatives
            using var scope = NewDisposeScope();
            var u = Rows(rows, d, clustered);
            var all = new AnchorRows(0, rows / 2, rows / 2);

            var (logSums, gradient, sums) = Both(new CpuSimilarities(u, all, temperature, decoupled), rows);
            var (slowLogSums, slowGradient, slowSums) = Both(new TensorSimilarities(u.to(float64), all, temperature, decoupled), rows);

            // A cosine has an error of some 1e-7 in float32, and the temperature divides it.
            double error = 4e-7 / temperature + 1e-6;
            logSums.Zip(slowLogSums).Max(p => Math.Abs(p.First - p.Second)).ShouldBeLessThan(error);
            Golden.MaxDifference(gradient, slowGradient).ShouldBeLessThan(4 * error);
            sums.Loss.ShouldBe(slowSums.Loss, rows * error);
            sums.Entropy.ShouldBe(slowSums.Entropy, rows * error * 10);
            sums.Top1.ShouldBe(slowSums.Top1, rows * 1e-3);
            sums.Top5.ShouldBe(slowSums.Top5, rows * 1e-3);
        }
    }

    [Theory]
    [InlineData(true, 0.5)]
    [InlineData(true, 0.01)] // below the minimum of the fused tiles
    [InlineData(false, 0.1)]
    public void Parts_of_the_anchors_add_up_to_the_whole(bool isSingle, double temperature)
    {
        const int N = 211;
        (int First, int Images)[] parts = [(0, 50), (50, 1), (51, 160)];
        using var scope = NewDisposeScope();
        var z = Rows(2 * N, 24).to(isSingle ? float32 : float64) * 3;
        var loss = new NtXentLoss(temperature);
        using var whole = loss.Compute(z);

        var (figures, gradient) = SlowLoss.OnRanks(loss, z, 0, parts);

        double tolerance = isSingle ? 1e-5 : 1e-12;
        figures[0].ShouldBe(whole.Loss, tolerance * whole.Loss);
        figures[1].ShouldBe(whole.Top1, 1e-9);
        figures[2].ShouldBe(whole.Top5, 1e-9);
        figures[3].ShouldBe(whole.Entropy, tolerance * 10);
        Golden.MaxDifference(gradient, whole.Gradient).ShouldBeLessThan(tolerance * whole.Gradient.abs().max().to(float64).item<double>());
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4, CPU);
        var z = randn(1800, 32, generator: generator);
        int threads = get_num_threads();
        var results = new List<(double, byte[])>();
        try
        {
            foreach (int count in (int[])[1, 2, 3])
            {
                set_num_threads(count);
                using var result = new NtXentLoss(0.1).Compute(z);
                results.Add((result.Loss, result.Gradient.bytes.ToArray()));
            }
        }
        finally
        {
            set_num_threads(threads);
        }
        results.ShouldAllBe(r => r.Item1 == results[0].Item1 && r.Item2.SequenceEqual(results[0].Item2));
    }

    [Fact]
    public void The_vectorised_exponential_is_accurate_to_two_ulps()
    {
        for (float x = -126; x < 0.01f; x += 0.000977f)
        {
            float expected = (float)Math.Pow(2, x), actual = SimilarityTile.Exp2(Vector512.Create(x))[7];
            Math.Abs(BitConverter.SingleToInt32Bits(expected) - BitConverter.SingleToInt32Bits(actual)).ShouldBeLessThanOrEqualTo(2, $"2^{x}");
        }
        SimilarityTile.Exp2(Vector512.Create(-127f))[0].ShouldBe(0);
        SimilarityTile.Exp2(Vector512<float>.Zero)[0].ShouldBe(1);
    }

    [Fact]
    public void Every_pair_of_tiles_is_visited_once_without_conflicts()
    {
        for (int count = 1; count <= 9; count++)
        {
            var rounds = RowBlock.Rounds(count).ToList();
            foreach (var round in rounds) round.SelectMany(p => (int[])[p.First, p.Second]).ShouldBeUnique();
            var pairs = rounds.SelectMany(r => r).Select(p => (Math.Min(p.First, p.Second), Math.Max(p.First, p.Second))).Order();
            pairs.ShouldBe(from i in Enumerable.Range(0, count) from j in Enumerable.Range(i + 1, count - i - 1) select (i, j));
        }
    }
}
