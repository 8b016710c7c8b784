using static TorchSharp.torch;

namespace SimClr.Loading;

/// <summary>Two views of each of N images or of N groups of images, or one of each image (<see cref="ViewLoader.ViewsPerImage"/>): of a batch, or of a micro-batch.</summary>
/// <param name="Views">
/// (2N, C, S, S) float32 on the CPU, or on the device that rendered them; rows i and i + N show the same image, or two of a group. With one view of each
/// image (N, C, S, S). Owned by this; when this is
/// disposed of, a later batch may be written into the same memory, so what is to be kept is to be cloned.
/// </param>
/// <param name="Indices">The indices in their data set of the N images that the first views show: of a stand-in, not of the damaged image in whose place it is.</param>
public sealed record ViewBatch(Tensor Views, IReadOnlyList<int> Indices) : IDisposable
{
    /// <summary>
    /// The indices of the N images that the second views show, rows N to 2N − 1. <see cref="Indices"/> itself (the default) says that both views are
    /// of one image; any other list, that they are of two of a group (<see cref="ViewLoader.Groups"/>).
    /// </summary>
    public IReadOnlyList<int> Partners { get; init; } = Indices;

    /// <summary>
    /// (nN, C, s, s) float32, where the views are and owned like them: the images' first small crops, then their second ones, and so on: the first, third, … of
    /// <see cref="Indices"/>, the others of <see cref="Partners"/>; null where there are none.
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
