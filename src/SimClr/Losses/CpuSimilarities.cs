using System.Collections.Concurrent;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>
/// S for float32 on the CPU. S is symmetric, so a tile and its mirror image are computed once. A tile fits into the second-level cache.
/// Between its two matrix products every element stays in registers (<see cref="SimilarityTile"/>). One product of two (2N, d) matrices
/// takes 8·N²d flops. This method takes two products instead of three: half a product for S in each pass, and one for the gradient.
/// </summary>
/// <remarks>The sums are added in one order for any number of threads: equal input gives equal bytes.</remarks>
internal sealed class CpuSimilarities : ISimilarities
{
    private const int LargestBlock = 256, SmallestBlock = 128;

    private readonly AnchorRows anchors;
    private readonly double temperature, rounding;
    private readonly bool decoupled;
    private readonly Tensor gradient;
    private readonly RowBlock[] own, others;
    private readonly int block;
    private readonly SimilarityRows rows;
    private readonly ConcurrentBag<SimilarityTile> tiles = [];

    /// <summary>Prepares the passes.</summary>
    /// <param name="u">(2N, d) float32 on the CPU, rows of length 1; borrowed.</param>
    /// <param name="anchors">The rows whose softmax is computed.</param>
    /// <param name="temperature">τ, at least <see cref="LowestTemperature"/>.</param>
    /// <param name="decoupled">Whether the sums leave out the positive.</param>
    public CpuSimilarities(Tensor u, AnchorRows anchors, double temperature, bool decoupled)
    {
        (this.anchors, this.temperature, this.decoupled, rounding) = (anchors, temperature, decoupled, Rounding.OfCosines(u));
        block = Math.Clamp((anchors.Count / 16 + 15) & ~15, SmallestBlock, LargestBlock); // enough pairs for several threads
        gradient = zeros(anchors.Count, u.shape[1]);
        own = RowBlock.Cut(anchors.Runs, block, u, gradient);
        others = RowBlock.Cut(anchors.Others, block, u, null);
        rows = new SimilarityRows((int)u.shape[0]);
    }

    /// <summary>
    /// The lowest temperature for this method. exp(Sᵢₖ − 1/τ) serves both the row and the column. A softmax per row or column would
    /// subtract its own maximum. At this temperature the smallest value, exp(−2/τ), is still a normal float.
    /// </summary>
    public static double LowestTemperature => 0.025;

    public void LogSums(double[] logSums)
    {
        ForEachTile((tile, one, other) => tile.AddSums(one, other, rows));
        foreach (var (start, count) in anchors.Runs)
            for (int i = start; i < start + count; i++) logSums[i] = Math.Log(rows.Sum[i]) + 1 / temperature;
    }

    public (Tensor Gradient, AnchorSums Sums) Gradient(double[] logSums)
    {
        for (int i = 0; i < logSums.Length; i++) rows.Inverse[i] = (float)Math.Exp(1 / temperature - logSums[i]);
        ForEachTile((tile, one, other) => tile.AddGradient(one, other, rows));

        double loss = 0, entropy = 0;
        int top1 = 0, top5 = 0;
        foreach (var (start, count) in anchors.Runs)
        {
            for (int i = start; i < start + count; i++)
            {
                double own = logSums[i] - rows.Positive[i] / temperature, ofSum = Math.Log(rows.Sum[i]) - rows.WeightedLog[i] / rows.Sum[i];
                loss += own;
                entropy += decoupled ? WithPositive(ofSum, own) : ofSum;
                if (rows.Reaching[i] <= 1) top1++; // only the positive itself
                if (rows.Reaching[i] <= 5) top5++;
            }
        }
        return (gradient.alias(), new AnchorSums(loss, top1, top5, entropy));
    }

    // The entropy H with the positive among the candidates, from the entropy H₋ without it. The share of the positive is
    // q = 1/(1 + exp ℓ), and H = H(q, 1 − q) + (1 − q)·H₋.
    private static double WithPositive(double negatives, double loss)
    {
        double q = 1 / (1 + Math.Exp(loss)), rest = 1 / (1 + Math.Exp(-loss));
        return q * SoftPlus(loss) + rest * (SoftPlus(-loss) + negatives);

        static double SoftPlus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
    }

    private void ForEachTile(Action<SimilarityTile, RowBlock, RowBlock> body)
    {
        Spread(own.Length, (tile, i) =>
        {
            body(tile, own[i], own[i]);
            foreach (var other in others) body(tile, own[i], other);
        });
        foreach (var round in RowBlock.Rounds(own.Length))
            Spread(round.Length, (tile, i) => body(tile, own[round[i].First], own[round[i].Second]));
    }

    private void Spread(int count, Action<SimilarityTile, int> body) => TorchCpu.For(count, i =>
    {
        if (!tiles.TryTake(out var tile)) tile = new SimilarityTile(block, temperature, rounding, decoupled);
        body(tile, i);
        tiles.Add(tile);
    });

    public void Dispose()
    {
        foreach (var tile in tiles) tile.Dispose();
        foreach (var part in own.Concat(others)) part.Dispose();
        gradient.Dispose();
    }
}
