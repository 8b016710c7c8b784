using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>
/// S = u uᵀ/τ without its diagonal, for the rows of the anchors, one tile at a time and never stored whole. There are two passes. The
/// second needs the log-sums of every row, also of rows that are anchors of another process. Decoupled: the sums leave out the positives,
/// but −2Π and the metrics include them.
/// </summary>
internal interface ISimilarities : IDisposable
{
    /// <summary>First pass: log Σₖ exp Sᵢₖ of the anchors.</summary>
    /// <param name="logSums">(2N), by row of u. The entries of the anchors are written.</param>
    void LogSums(double[] logSums);

    /// <summary>Second pass: (P + Pᵀ − 2Π) u of the anchors, and their metrics.</summary>
    /// <param name="logSums">(2N), for all rows.</param>
    /// <returns>(anchors, d), owned by the caller, and the sums over the anchors.</returns>
    (Tensor Gradient, AnchorSums Sums) Gradient(double[] logSums);
}
