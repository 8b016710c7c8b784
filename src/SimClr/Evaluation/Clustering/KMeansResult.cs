using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>Rows in clusters. Frees its tensor when disposed.</summary>
/// <param name="Centres">(K, D) float32: the mean direction of each cluster, of unit length.</param>
/// <param name="Clusters">For each row its cluster, in [0, K).</param>
/// <param name="Cosines">For each row its cosine with the centre of its cluster.</param>
/// <param name="Inertia">Σ (1 − cosine) over the rows after each round, the seeding first: it never rises.</param>
/// <param name="Converged">Whether another round would change nothing; if not, the rounds were used up.</param>
public sealed record KMeansResult(Tensor Centres, IReadOnlyList<int> Clusters, IReadOnlyList<float> Cosines, IReadOnlyList<double> Inertia, bool Converged) : IDisposable
{
    /// <summary>Frees <see cref="Centres"/>.</summary>
    public void Dispose() => Centres.Dispose();
}
