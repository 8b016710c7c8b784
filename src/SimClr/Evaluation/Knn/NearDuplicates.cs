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
        return Pairs(new TensorRows(values), threshold);
    }

    /// <summary>
    /// Finds the pairs among rows that need not fit into memory: two blocks of them exist at a time. The pairs come in ascending order
    /// within two blocks, block by block.
    /// </summary>
    /// <param name="rows">On the CPU; borrowed until the enumeration ends.</param>
    /// <param name="threshold">As for <see cref="Pairs(Tensor, double)"/>.</param>
    /// <exception cref="ArgumentException">The threshold is out of range.</exception>
    /// <exception cref="InvalidDataException">A value is not finite; thrown during enumeration.</exception>
    /// <exception cref="IOException">The rows cannot be read; thrown during enumeration.</exception>
    public static IEnumerable<SimilarPair> Pairs(IFeatureRows rows, double threshold) => Pairs(rows, threshold, _ => { });

    /// <summary>The same, with progress.</summary>
    /// <param name="rows">Borrowed until the enumeration ends.</param>
    /// <param name="threshold">As for <see cref="Pairs(Tensor, double)"/>.</param>
    /// <param name="compared">Receives the share of all pairs that were compared, after each two blocks.</param>
    internal static IEnumerable<SimilarPair> Pairs(IFeatureRows rows, double threshold, Action<double> compared)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (!(threshold is >= -1 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, $"A cosine lies in [-1, 1]; the threshold is {threshold}.");
        return Walk(rows, (float)threshold, compared);
    }

    private static IEnumerable<SimilarPair> Walk(IFeatureRows source, float threshold, Action<double> compared)
    {
        double all = (double)source.Count * source.Count, done = 0; // of the square: a pair of blocks counts twice
        using var unitRows = new UnitRows(source);
        float slack = (float)(Rounding * source.Dimensions);
        foreach (var (start, rows) in unitRows.Blocks())
        {
            using var first = new Block(rows, start);
            foreach (var (laterStart, laterRows) in unitRows.Blocks(start))
            {
                if (laterStart == start)
                {
                    laterRows.Dispose();
                    foreach (var pair in Between(first, first, threshold, slack)) yield return pair;
                    compared((done += (double)first.Count * first.Count) / all);
                    continue;
                }
                using var later = new Block(laterRows, laterStart);
                foreach (var pair in Between(first, later, threshold, slack)) yield return pair;
                compared((done += 2.0 * first.Count * later.Count) / all);
            }
        }
    }

    private static IEnumerable<SimilarPair> Between(Block first, Block second, float threshold, float slack)
    {
        var found = new List<SimilarPair>();
        foreach (var (start, length) in CosineBlocks.Of(first.Count, second.Count))
        {
            int from = first == second ? (int)start : 0; // each pair once
            using var cosines = Cosines(first.Unit, start, length, second.Unit, from);
            for (int row = (int)start; row < start + length; row++)
            {
                Collect(cosines, row, (int)start, from);
                foreach (var pair in found) yield return pair;
                found.Clear();
            }
        }

        void Collect(Tensor cosines, int row, int start, int from)
        {
            int width = second.Count - from, skipped = first == second ? row - from + 1 : 0;
            var others = MemoryMarshal.Cast<byte, float>(cosines.bytes).Slice((row - start) * width, width)[skipped..];
            for (int i = 0; i < others.Length; i++)
            {
                float cosine = others[i];
                if (cosine < threshold - slack) continue;
                int other = from + skipped + i;
                if (cosine <= threshold + slack || cosine >= 1 - slack) cosine = first.Exact(row, second, other);
                if (cosine >= threshold) found.Add(new SimilarPair(first.Start + row, second.Start + other, cosine));
            }
        }
    }

    // Cosines of `count` rows with all others from `from` on: (count, N − from).
    private static Tensor Cosines(Tensor unitRows, long start, long count, Tensor others, int from)
    {
        using var scope = NewDisposeScope();
        return CosineBlocks.Cosines(unitRows.narrow(0, start, count), others.narrow(0, from, others.shape[0] - from))
            .DetachFromDisposeScope();
    }

    /// <summary>Some rows of unit length; owned.</summary>
    private sealed class Block : IDisposable
    {
        private readonly MatrixRows rows;
        private readonly double[] squares;

        public Block(Tensor unit, int start)
        {
            (Unit, Start, rows) = (unit, start, new MatrixRows(unit));
            squares = new double[checked((int)unit.shape[0])];
            Parallel.For(0, squares.Length, row => squares[row] = MatrixRows.Dot(rows[row], rows[row]));
        }

        public Tensor Unit { get; }

        public int Start { get; }

        public int Count => squares.Length;

        // √(s·s) is s, so equal rows have exactly 1.
        public float Exact(int row, Block others, int other)
        {
            double lengths = Math.Sqrt(squares[row] * others.squares[other]);
            return lengths == 0 ? 0 : (float)Math.Clamp(MatrixRows.Dot(rows[row], others.rows[other]) / lengths, -1, 1);
        }

        public void Dispose() => Unit.Dispose();
    }
}
