using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>
/// All pairs of rows whose cosine reaches a threshold: exact, each pair once. Every row is compared with every later one,
/// N²·D/2 multiplications in all, with at most 64 MiB of cosines at a time.
/// </summary>
public static class NearDuplicates
{
    /// <summary>Finds the pairs while they are enumerated, by rising first and then second row.</summary>
    /// <param name="values">(N, D) float32, on the CPU; borrowed until the enumeration ends.</param>
    /// <param name="threshold">The least cosine, in [−1, 1]. A row of length zero has cosine 0 with every other.</param>
    /// <exception cref="ArgumentException">The values are of another shape or type or not finite, or the threshold is out of range.</exception>
    public static IEnumerable<SimilarPair> Pairs(Tensor values, double threshold)
    {
        Features.RequireMatrix(values, nameof(values));
        Features.RequireFinite(values, nameof(values));
        if (!(threshold is >= -1 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, $"A cosine lies in [-1, 1]; the threshold is {threshold}.");
        return Walk(values, (float)threshold);
    }

    private static IEnumerable<SimilarPair> Walk(Tensor values, float threshold)
    {
        using var unitRows = NearestNeighbours.UnitRows(values).DetachFromDisposeScope();               // (N, D)
        int rows = checked((int)values.shape[0]), block = (int)Math.Max(1, NearestNeighbours.BlockElements / rows);
        var found = new List<SimilarPair>();
        for (int start = 0; start < rows; start += block)
        {
            int count = Math.Min(block, rows - start);
            using var cosines = Block(unitRows, start, count);
            for (int row = start; row < start + count; row++)
            {
                Collect(cosines, row, start, rows, threshold, found);
                foreach (var pair in found) yield return pair;
                found.Clear();
            }
        }
    }

    // Cosines of `count` rows with all rows from `start` on: (count, N − start).
    private static Tensor Block(Tensor unitRows, int start, int count)
    {
        using var scope = NewDisposeScope();
        return unitRows.narrow(0, start, count).mm(unitRows.narrow(0, start, unitRows.shape[0] - start).t()).DetachFromDisposeScope();
    }

    private static void Collect(Tensor cosines, int row, int start, int rows, float threshold, List<SimilarPair> found)
    {
        int width = rows - start;
        var later = MemoryMarshal.Cast<byte, float>(cosines.bytes).Slice((row - start) * width, width)[(row - start + 1)..];
        for (int i = 0; i < later.Length; i++)
        {
            if (later[i] >= threshold) found.Add(new SimilarPair(row, row + 1 + i, Math.Min(1, later[i])));
        }
    }
}
