using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>
/// NT-Xent, the normalised temperature-scaled cross entropy (SimCLR, Eq. 1), averaged over the 2N anchors of a batch,
/// with its gradient in closed form. Exact in O(N·d) memory: a tile of rows of the similarities exists at a time.
/// </summary>
/// <remarks>
/// With u = z/‖z‖, S = u uᵀ/τ without its diagonal, P its row-wise softmax and Π the permutation that swaps the two
/// views, L = 1/(2N) Σᵢ (log Σₖ exp Sᵢₖ − S_{i,π(i)}) and ∂L/∂u = (P + Pᵀ − 2Π) u/(2Nτ). A tile of rows of P is whole
/// rows of the softmax and, transposed, whole columns of Pᵀ, so one pass gives both terms.
/// Google's code sums the two directions instead of averaging over 2N anchors: its loss is twice this one.
/// </remarks>
public sealed class NtXentLoss
{
    private const int TileElements = 1 << 21; // 8 MB of float32: a tile stays near the last-level cache
    private const double NormFloor = 1e-12;   // as in torch.nn.functional.normalize

    private readonly double temperature;

    /// <summary>Makes the loss for one temperature.</summary>
    /// <param name="temperature">τ, in [0.001, 1000]; 0.5 suits long training on CIFAR-10, 0.1 ImageNet (SimCLR, B.9 and Table 5).</param>
    /// <exception cref="ArgumentOutOfRangeException">It is outside.</exception>
    public NtXentLoss(double temperature)
    {
        if (!(temperature is >= 0.001 and <= 1000))
            throw new ArgumentOutOfRangeException(nameof(temperature), temperature, "The temperature must lie in [0.001, 1000].");
        this.temperature = temperature;
    }

    /// <summary>Computes the loss, its gradient and how well the pairs are told from the negatives.</summary>
    /// <param name="z">(2N, d) float32 or float64, not normalised; rows i and i + N are the two views of image i. Borrowed; no graph is recorded.</param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="ArgumentException">The shape is not (2N, d) with N ≥ 1, or a value is not finite.</exception>
    public NtXentResult Compute(Tensor z)
    {
        RequirePairs(z);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        z = z.detach();
        var norms = Norms(z);            // (2N, 1)
        var u = z / norms;               // (2N, d)
        var gradient = zeros_like(u);    // (2N, d)
        var sums = zeros(4, ScalarType.Float64, z.device); // loss, top-1, top-5, entropy
        int rows = (int)z.shape[0], tile = Math.Clamp(TileElements / rows, 1, rows);
        for (int start = 0; start < rows; start += tile)
            AddTile(u, start, Math.Min(tile, rows - start), gradient, sums);

        // Through u = z/‖z‖: the part of the gradient along u does not count.
        gradient.mul_(1.0 / (rows * temperature));
        gradient.addcmul_(u, (u * gradient).sum(1, keepdim: true), value: -1).div_(norms);

        var means = (sums / rows).cpu().data<double>().ToArray();
        return new NtXentResult(means[0], gradient.MoveToOuterDisposeScope(), means[1], means[2], means[3]);
    }

    /// <summary>ℓ of every anchor by itself (Eq. 1), whose mean is the loss: how hard a view is to match with its partner among all others.</summary>
    /// <param name="z">As for <see cref="Compute"/>; borrowed.</param>
    /// <returns>(2N) of z's type, in nats; the caller's.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Compute"/>.</exception>
    public Tensor PerAnchor(Tensor z)
    {
        RequirePairs(z);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        z = z.detach();
        var u = z / Norms(z);            // (2N, d)
        int rows = (int)z.shape[0], tile = Math.Clamp(TileElements / rows, 1, rows);
        var losses = new List<Tensor>();
        for (int start = 0; start < rows; start += tile)
        {
            using var tileScope = NewDisposeScope();
            int count = Math.Min(tile, rows - start);
            var s = u.narrow(0, start, count).mm(u.t()).div_(temperature);              // (R, 2N)
            var positives = arange(start, start + count, ScalarType.Int64, u.device).add_(rows / 2).remainder_(rows).unsqueeze(1);
            s.narrow(1, start, count).diagonal().fill_(double.NegativeInfinity);
            losses.Add((s.logsumexp(1) - s.gather(1, positives).squeeze(1)).MoveToOuterDisposeScope());
        }
        return cat(losses).MoveToOuterDisposeScope();
    }

    private static void RequirePairs(Tensor z)
    {
        ArgumentNullException.ThrowIfNull(z);
        if (z.dim() != 2 || z.shape[0] < 2 || z.shape[0] % 2 != 0)
            throw new ArgumentException($"Projections must be (2N, d) with N ≥ 1; these are ({string.Join(", ", z.shape)}).", nameof(z));
    }

    private static Tensor Norms(Tensor z)
    {
        var norms = z.norm(1, keepdim: true, p: 2f).clamp_min_(NormFloor); // (2N, 1)
        return norms.sum().isfinite().item<bool>() ? norms : throw new ArgumentException("The projections hold a value that is not finite.", nameof(z));
    }

    private void AddTile(Tensor u, int start, int count, Tensor gradient, Tensor sums)
    {
        using var scope = NewDisposeScope();
        long rows = u.shape[0];
        var anchors = u.narrow(0, start, count);                                        // (R, d)
        var index = arange(start, start + count, ScalarType.Int64, u.device).unsqueeze(1);   // (R, 1)
        var positives = (index + rows / 2).remainder_(rows);
        var s = anchors.mm(u.t()).div_(temperature);                                    // (R, 2N)
        var s0 = s.gather(1, positives);                                                // (R, 1)
        var self = s.narrow(1, start, count).diagonal();                                // (R): not a candidate
        self.fill_(double.NegativeInfinity);
        var rank = s.gt(s0).sum(1);                                                     // negatives above the positive
        var lse = s.logsumexp(1, keepdim: true);                                        // (R, 1)

        // Entropy of the softmax: log Σ exp S − Σ P S, where the anchor's own −∞ counts 0·(−∞) = 0.
        var p = (s - lse).exp_();
        self.fill_(0);
        var entropy = lse.squeeze(1) - s.mul_(p).sum(1);
        sums.add_(stack([
            (lse - s0).sum(ScalarType.Float64),
            rank.lt(1).sum(ScalarType.Float64),
            rank.lt(5).sum(ScalarType.Float64),
            entropy.sum(ScalarType.Float64)]));

        gradient.narrow(0, start, count).addmm_(p, u);                                  // P u
        p.scatter_add_(1, positives, full_like(s0, -2));
        gradient.addmm_(p.t(), anchors);                                                // (P − 2Π)ᵀ u, and Πᵀ = Π
    }
}
