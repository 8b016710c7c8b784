using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>Principal component analysis: projects rows onto the directions of largest variance.</summary>
public static class PrincipalComponents
{
    /// <summary>Centres the rows and projects them onto the eigenvectors of their covariance, in double precision.</summary>
    /// <param name="values">(M, D) float32; borrowed.</param>
    /// <param name="dimensions">d, the number of directions, at least 1. If there are fewer dimensions or rows, all are kept.</param>
    /// <returns>
    /// (M, min(d, D, M)) float64 on the CPU, largest variance first. The sign makes the largest entry of each direction positive. Owned by
    /// the caller.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The values have another shape or dtype, or <paramref name="dimensions"/> is less than 1.
    /// </exception>
    /// <exception cref="InvalidDataException">A value is not finite.</exception>
    public static Tensor Project(Tensor values, int dimensions)
    {
        Features.RequireMatrix(values, nameof(values));
        Features.RequireFinite(values);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var rows = values.cpu().to(ScalarType.Float64);
        rows = rows - rows.mean([0], keepdim: true);                                                    // (M, D)
        long kept = Math.Min(dimensions, Math.Min(rows.shape[0], rows.shape[1]));
        var (_, vectors) = linalg.eigh(rows.t().mm(rows));                                              // by rising variance
        var directions = vectors.narrow(1, vectors.shape[1] - kept, kept).flip(1);                      // (D, d)
        var largest = directions.gather(0, directions.abs().argmax(0, keepdim: true));                  // (1, d)
        return rows.mm(directions * largest.sign()).MoveToOuterDisposeScope();
    }
}
