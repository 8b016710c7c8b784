using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>The clusters of all rows. Frees its tensor when disposed.</summary>
/// <param name="Centres">(K, D) float32: the mean direction of each cluster, of unit length.</param>
/// <param name="Clusters">The cluster of each row, in [0, K).</param>
/// <param name="Cosines">The cosine of each row with the centre of its cluster.</param>
/// <param name="Inertia">Σ (1 − cosine) over the rows: after the seeding and after each round. It never rises.</param>
/// <param name="Converged">Whether another round would change nothing. False if the limit of rounds was reached.</param>
public sealed record KMeansResult(
    Tensor Centres, IReadOnlyList<int> Clusters, IReadOnlyList<float> Cosines, IReadOnlyList<double> Inertia, bool Converged) : IDisposable
{
    /// <summary>Frees <see cref="Centres"/>.</summary>
    public void Dispose() => Centres.Dispose();
}
