using static TorchSharp.torch;

namespace SimClr.Data;

/// <summary>Two views of each of N images: of a batch, or of a micro-batch.</summary>
/// <param name="Views">(2N, 3, S, S) float32 on the CPU; rows i and i + N show the same image. Owned by this.</param>
/// <param name="Indices">The N images' indices in their data set.</param>
public sealed record ViewBatch(Tensor Views, IReadOnlyList<int> Indices) : IDisposable
{
    /// <summary>Frees the views.</summary>
    public void Dispose() => Views.Dispose();
}
