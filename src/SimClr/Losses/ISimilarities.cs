using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>
/// S = u uᵀ/τ without its diagonal, anchors' rows only, a tile at a time; never whole. Two passes: the second needs the
/// log-sums of every row, also of those that are another process's anchors. Decoupled: without the positives too, but for what −2Π and the metrics need.
/// </summary>
internal interface ISimilarities : IDisposable
{
    /// <summary>First pass: log Σₖ exp Sᵢₖ of the anchors.</summary>
    /// <param name="logSums">(2N), by row of u; the anchors' are written.</param>
    void LogSums(double[] logSums);

    /// <summary>Second pass: (P + Pᵀ − 2Π) u of the anchors, and their metrics.</summary>
    /// <param name="logSums">(2N), all of them.</param>
    /// <returns>(anchors, d), the caller's; and sums over the anchors.</returns>
    (Tensor Gradient, AnchorSums Sums) Gradient(double[] logSums);
}
