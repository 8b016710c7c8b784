using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>
/// S by tensor operations, on any device and in any floating type. Tests compare <see cref="CpuSimilarities"/> with it. The methods whose
/// input and output are tensors enqueue their work and do not wait.
/// </summary>
/// <param name="u">(2N, d), rows of length 1; borrowed.</param>
/// <param name="anchors">The rows whose softmax is computed.</param>
/// <param name="temperature">τ.</param>
/// <param name="decoupled">Whether the sums leave out the positive.</param>
internal sealed class TensorSimilarities(Tensor u, AnchorRows anchors, double temperature, bool decoupled) : ISimilarities
{
    // Elements. 8 MB of float32 stay in the last-level cache. On a GPU few kernel launches matter more.
    private const int CpuTile = 1 << 21, GpuTile = 1 << 26;

    public void LogSums(double[] logSums)
    {
        using var scope = NewDisposeScope();
        var all = LogSums().to(float64).cpu().data<double>().ToArray();
        int at = 0;
        foreach (var (start, count) in anchors.Runs)
        {
            all.AsSpan(at, count).CopyTo(logSums.AsSpan(start));
            at += count;
        }
    }

    /// <summary>log Σₖ exp Sᵢₖ of the anchors, in their order; owned by the caller.</summary>
    public Tensor LogSums()
    {
        using var scope = NewDisposeScope();
        return cat([.. Tiles().Select(t => LogSums(t.Start, t.Count))]).MoveToOuterDisposeScope();
    }

    // Frees its tile at once.
    private Tensor LogSums(int start, int count)
    {
        using var scope = NewDisposeScope();
        var s = Tile(start, count);
        if (decoupled) Fill(s, Positives(start, count), double.NegativeInfinity);
        return s.logsumexp(1).MoveToOuterDisposeScope();
    }

    public (Tensor Gradient, AnchorSums Sums) Gradient(double[] logSums)
    {
        using var scope = NewDisposeScope();
        var (gradient, sums) = Gradient(tensor(logSums, u.dtype, u.device));
        double[] s = sums.cpu().data<double>().ToArray();
        return (gradient.MoveToOuterDisposeScope(), new AnchorSums(s[0], s[1], s[2], s[3]));
    }

    /// <summary>
    /// The second pass when the host may not read: the gradient, and a tensor (4) float64 with the numbers of <see cref="AnchorSums"/> in
    /// their order. Owned by the caller.
    /// </summary>
    /// <param name="logSums">(2N) of the type of u, for all rows; borrowed.</param>
    public (Tensor Gradient, Tensor Sums) Gradient(Tensor logSums)
    {
        using var scope = NewDisposeScope();
        var sums = zeros(4, float64, u.device);
        var gradient = cat([.. Tiles().Select(t => Gradient(t.Start, t.Count, logSums, sums))]); // (anchors, d)
        return (gradient.MoveToOuterDisposeScope(), sums.MoveToOuterDisposeScope());
    }

    private Tensor Gradient(int start, int count, Tensor logSums, Tensor sums)
    {
        using var scope = NewDisposeScope();
        var s = Tile(start, count);                                                         // (R, 2N)
        var positives = Positives(start, count);                                            // (R, 1)
        var s0 = s.gather(1, positives);                                                    // (R, 1)
        var lse = logSums.narrow(0, start, count).unsqueeze(1);                             // (R, 1)
        // How many candidates are as near as the positive or nearer, the positive among them.
        var rank = s.ge(s0 - Rounding.OfCosines(u) / temperature).sum(1);
        if (decoupled) Fill(s, positives, double.NegativeInfinity);
        var p = (s - lse).exp_();
        var w = (s - logSums).exp_().add_(p).scatter_add_(1, positives, full_like(s0, -2)); // P + Pᵀ − 2Π
        // Entropy: log Σ exp S − Σ P S/Σ P. An entry that is not a candidate counts 0·(−∞) = 0.
        s.narrow(1, start, count).diagonal().fill_(0);
        if (decoupled) Fill(s, positives, 0);
        var mass = p.sum(1);                                                                // (R), 1 up to rounding
        var entropy = lse.squeeze(1) + mass.log() - s.mul_(p).sum(1).div_(mass);            // (R)
        if (decoupled) entropy = WithPositive(entropy, (lse - s0).squeeze(1));
        sums.add_(stack([
            (lse - s0).sum(float64),
            rank.le(1).sum(float64),
            rank.le(5).sum(float64),
            entropy.sum(float64)]));
        return w.mm(u).MoveToOuterDisposeScope();
    }

    // As in CpuSimilarities.
    private static Tensor WithPositive(Tensor negatives, Tensor loss) =>
        (-loss).sigmoid() * nn.functional.softplus(loss) + loss.sigmoid() * (nn.functional.softplus(-loss) + negatives);

    // The columns of the positives of the rows: (R, 1).
    private Tensor Positives(int start, int count) =>
        arange(start, start + count, ScalarType.Int64, u.device).add_(u.shape[0] / 2).remainder_(u.shape[0]).unsqueeze(1);

    private static void Fill(Tensor s, Tensor columns, double value) =>
        s.scatter_(1, columns, full(columns.shape, value, s.dtype, s.device));

    private Tensor Tile(int start, int count)
    {
        using var scope = NewDisposeScope();
        var s = u.narrow(0, start, count).mm(u.t()).div_(temperature);                      // (R, 2N)
        s.narrow(1, start, count).diagonal().fill_(double.NegativeInfinity);                // a view is not a candidate of itself
        return s.MoveToOuterDisposeScope();
    }

    private IEnumerable<(int Start, int Count)> Tiles()
    {
        int tile = (int)Math.Clamp((u.device_type == TorchSharp.DeviceType.CPU ? CpuTile : GpuTile) / u.shape[0], 1, u.shape[0]);
        foreach (var (first, count) in anchors.Runs)
        {
            for (int start = first; start < first + count; start += tile)
                yield return (start, Math.Min(tile, first + count - start));
        }
    }

    public void Dispose()
    {
    }
}
