using static TorchSharp.torch;

namespace SimClr.Loading;

/// <summary>Two views of each of N images, or one (<see cref="ViewLoader.ViewsPerImage"/>): of a batch, or of a micro-batch.</summary>
/// <param name="Views">
/// (2N, C, S, S) float32 on the CPU, or on the device that rendered them; rows i and i + N show the same image; (N, C, S, S) with one view. Owned by this; when this is
/// disposed of, a later batch may be written into the same memory, so what is to be kept is to be cloned.
/// </param>
/// <param name="Indices">The indices in their data set of the N images that are shown: of a stand-in, not of the damaged image in whose place it is.</param>
public sealed record ViewBatch(Tensor Views, IReadOnlyList<int> Indices) : IDisposable
{
    /// <summary>
    /// (nN, C, s, s) float32, where the views are and owned like them: the images' first small crops, then their second ones, and so on; null where there are none.
    /// </summary>
    public Tensor? SmallCrops { get; init; }

    /// <summary>Called when the views are no longer used, once or more often.</summary>
    internal Action? Release { get; init; }

    /// <summary>Frees the views, or gives their memory back to the loader that made them.</summary>
    public void Dispose()
    {
        Views.Dispose();
        SmallCrops?.Dispose();
        Release?.Invoke();
    }
}
