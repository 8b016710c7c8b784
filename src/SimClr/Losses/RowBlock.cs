using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>Some consecutive rows of u, and where their gradient goes.</summary>
/// <param name="Start">The first row, in u.</param>
/// <param name="Count">How many.</param>
/// <param name="U">They: (R, d).</param>
/// <param name="Transposed">(d, R).</param>
/// <param name="Gradient">(R, d), added to; null where they are not anchors here.</param>
internal sealed record RowBlock(int Start, int Count, Tensor U, Tensor Transposed, Tensor? Gradient) : IDisposable
{
    /// <summary>Runs of rows, cut.</summary>
    /// <param name="runs">In u.</param>
    /// <param name="size">Rows of a block, but for a run's last.</param>
    /// <param name="u">(2N, d); borrowed.</param>
    /// <param name="gradient">The runs' rows one after the other; borrowed. Null: none is kept.</param>
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
    /// Rounds in which every two of <paramref name="count"/> meet once and nobody is in two pairs of a round: a round's pairs
    /// can be worked on at the same time, in any order (the circle method of a round-robin tournament).
    /// </summary>
    public static IEnumerable<(int First, int Second)[]> Rounds(int count)
    {
        int seats = count + count % 2, turning = seats - 1; // with an odd number somebody pauses
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
