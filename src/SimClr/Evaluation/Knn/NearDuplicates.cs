using System.Runtime.InteropServices;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>
/// Finds all pairs of rows whose cosine reaches a threshold: exactly, each pair once. Every row is compared with every later one. This
/// takes N²·D/2 multiplications and at most 64 MiB of cosines at a time.
/// </summary>
/// <remarks>
/// The error of a float32 sum of D products of unit rows is at most D·2⁻²³. If that could matter, at the threshold or at 1, the cosine is
/// computed again in double precision and rounded to float32. So equal rows have exactly the cosine 1.
/// </remarks>
public static class NearDuplicates
{
    private const double Rounding = 1.0 / (1 << 23); // per term; twice what IEEE 754 allows

    /// <summary>Finds the pairs during enumeration, in ascending order of the first and then the second row.</summary>
    /// <param name="values">(N, D) float32, on the CPU; borrowed until the enumeration ends.</param>
    /// <param name="threshold">
    /// The smallest cosine, in [−1, 1], as the nearest float32. 1 finds rows with the same direction. A row of length zero has cosine 0
    /// with every other row.
    /// </param>
    /// <exception cref="ArgumentException">The values have another shape or dtype, or the threshold is out of range.</exception>
    /// <exception cref="InvalidDataException">A value is not finite.</exception>
    public static IEnumerable<SimilarPair> Pairs(Tensor values, double threshold)
    {
        Features.RequireMatrix(values, nameof(values));
        Features.RequireFinite(values);
        if (!(threshold is >= -1 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, $"A cosine lies in [-1, 1]; the threshold is {threshold}.");
        return Walk(values, (float)threshold);
    }

    private static IEnumerable<SimilarPair> Walk(Tensor values, float threshold)
    {
        using var unitRows = CosineBlocks.UnitRows(values).DetachFromDisposeScope();               // (N, D)
        int count = checked((int)values.shape[0]);
        var rows = new MatrixRows(unitRows);
        var squares = new double[count];
        Parallel.For(0, count, row => squares[row] = MatrixRows.Dot(rows[row], rows[row]));
        var search = new Search(rows, squares, threshold, (float)(Rounding * values.shape[1]));
        foreach (var (start, length) in CosineBlocks.Of(count, count))
        {
            using var cosines = Block(unitRows, start, length);
            for (int row = (int)start; row < start + length; row++)
            {
                search.Collect(cosines, row, (int)start);
                foreach (var pair in search.Found) yield return pair;
                search.Found.Clear();
            }
        }
    }

    // Cosines of `count` rows with all rows from `start` on: (count, N − start).
    private static Tensor Block(Tensor unitRows, long start, long count)
    {
        using var scope = NewDisposeScope();
        return CosineBlocks.Cosines(unitRows.narrow(0, start, count), unitRows.narrow(0, start, unitRows.shape[0] - start))
            .DetachFromDisposeScope();
    }

    private sealed class Search(MatrixRows rows, double[] squares, float threshold, float slack)
    {
        public List<SimilarPair> Found { get; } = [];

        public void Collect(Tensor cosines, int row, int start)
        {
            int width = squares.Length - start;
            var later = MemoryMarshal.Cast<byte, float>(cosines.bytes).Slice((row - start) * width, width)[(row - start + 1)..];
            for (int i = 0; i < later.Length; i++)
            {
                float cosine = later[i];
                if (cosine < threshold - slack) continue;
                if (cosine <= threshold + slack || cosine >= 1 - slack) cosine = Exact(row, row + 1 + i);
                if (cosine >= threshold) Found.Add(new SimilarPair(row, row + 1 + i, cosine));
            }
        }

        // √(s·s) is s, so equal rows have exactly 1.
        private float Exact(int first, int second)
        {
            double lengths = Math.Sqrt(squares[first] * squares[second]);
            return lengths == 0 ? 0 : (float)Math.Clamp(MatrixRows.Dot(rows[first], rows[second]) / lengths, -1, 1);
        }
    }
}
