using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>
/// The softmax of anchors over keys that are not anchors: S = a kᵀ/τ by tensor operations. S is computed for some anchors at a time and
/// never stored whole.
/// </summary>
/// <param name="anchors">a (R, d), rows of length 1; borrowed.</param>
/// <param name="keys">k (C, d) of the same type, rows of length 1; borrowed.</param>
/// <param name="temperature">τ.</param>
/// <param name="excluded">
/// (R) int64 in [0, C/2): keys e and e + C/2 are not candidates of an anchor. Null: all keys are candidates. Borrowed.
/// </param>
internal sealed class KeySoftmax(Tensor anchors, Tensor keys, double temperature, Tensor? excluded)
{
    private const int TileElements = 1 << 21; // as in TensorSimilarities

    /// <summary>log Σ_c exp S_rc: (R); owned by the caller.</summary>
    public Tensor LogSums()
    {
        using var scope = NewDisposeScope();
        return cat([.. Tiles().Select(t => LogSums(t.Start, t.Count))]).MoveToOuterDisposeScope();
    }

    /// <summary>Σ_c exp(S_rc − l_r) k_c: (R, d); owned by the caller.</summary>
    /// <param name="logSums">l (R); borrowed.</param>
    public Tensor OfAnchors(Tensor logSums)
    {
        using var scope = NewDisposeScope();
        return cat([.. Tiles().Select(t => OfAnchors(t.Start, t.Count, logSums))]).MoveToOuterDisposeScope();
    }

    /// <summary>Σ_r exp(S_rc − l_r) a_r: (C, d); owned by the caller.</summary>
    /// <param name="logSums">l (R); borrowed.</param>
    public Tensor OfKeys(Tensor logSums)
    {
        using var scope = NewDisposeScope();
        var sum = zeros_like(keys);
        foreach (var (start, count) in Tiles())
        {
            using var tile = NewDisposeScope();
            sum.addmm_(Probabilities(start, count, logSums).t(), anchors.narrow(0, start, count));
        }
        return sum.MoveToOuterDisposeScope();
    }

    private Tensor LogSums(int start, int count)
    {
        using var scope = NewDisposeScope();
        return Tile(start, count).logsumexp(1).MoveToOuterDisposeScope();
    }

    private Tensor OfAnchors(int start, int count, Tensor logSums)
    {
        using var scope = NewDisposeScope();
        return Probabilities(start, count, logSums).mm(keys).MoveToOuterDisposeScope();
    }

    private Tensor Probabilities(int start, int count, Tensor logSums) =>
        Tile(start, count).sub_(logSums.narrow(0, start, count).unsqueeze(1)).exp_();       // (t, C)

    private Tensor Tile(int start, int count)
    {
        var s = anchors.narrow(0, start, count).mm(keys.t()).div_(temperature);
        if (excluded is null) return s;
        var first = excluded.narrow(0, start, count).unsqueeze(1);                          // (t, 1)
        var both = cat([first, first + keys.shape[0] / 2], 1);                              // (t, 2)
        return s.scatter_(1, both, full(both.shape, double.NegativeInfinity, s.dtype, s.device));
    }

    private IEnumerable<(int Start, int Count)> Tiles()
    {
        int rows = (int)anchors.shape[0], tile = (int)Math.Clamp(TileElements / keys.shape[0], 1, rows);
        for (int start = 0; start < rows; start += tile) yield return (start, Math.Min(tile, rows - start));
    }
}
