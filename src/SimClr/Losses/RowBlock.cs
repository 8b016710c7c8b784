using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>A block of consecutive rows of u, with the place of their gradient.</summary>
/// <param name="Start">The first row, in u.</param>
/// <param name="Count">The number of rows R.</param>
/// <param name="U">The rows: (R, d).</param>
/// <param name="Transposed">(d, R).</param>
/// <param name="Gradient">(R, d), to which gradients are added; null if the rows are not anchors on this rank.</param>
internal sealed record RowBlock(int Start, int Count, Tensor U, Tensor Transposed, Tensor? Gradient) : IDisposable
{
    /// <summary>Cuts ranges of rows into blocks.</summary>
    /// <param name="runs">The ranges, in u.</param>
    /// <param name="size">Rows of a block. The last block of a range may have fewer.</param>
    /// <param name="u">(2N, d); borrowed.</param>
    /// <param name="gradient">The rows of the ranges one after the other; borrowed. Null: no gradient is stored.</param>
    public static RowBlock[] Cut(IEnumerable<(int Start, int Count)> runs, int size, Tensor u, Tensor? gradient)
    {
        var blocks = new List<RowBlock>();
        int row = 0;
        foreach (var (first, rows) in runs)
        {
            for (int start = first; start < first + rows; start += size)
            {
                int count = Math.Min(size, first + rows - start);
                var part = u.narrow(0, start, count);
                blocks.Add(new RowBlock(start, count, part, part.t(), gradient?.narrow(0, row, count)));
                row += count;
            }
        }
        return [.. blocks];
    }

    /// <summary>
    /// Rounds in which every two of <paramref name="count"/> items meet once, and no item is in two pairs of a round. The pairs of a round
    /// can run at the same time, in any order (the circle method of a round-robin tournament).
    /// </summary>
    public static IEnumerable<(int First, int Second)[]> Rounds(int count)
    {
        int seats = count + count % 2, turning = seats - 1; // if the count is odd, one item pauses
        for (int round = 0; round < turning; round++)
        {
            yield return
            [
                .. Enumerable.Range(0, seats / 2)
                    .Select(k => k == 0 ? (round, turning) : ((round + k) % turning, (round - k + turning) % turning))
                    .Where(pair => Math.Max(pair.Item1, pair.Item2) < count),
            ];
        }
    }

    public void Dispose()
    {
        U.Dispose();
        Transposed.Dispose();
        Gradient?.Dispose();
    }
}
