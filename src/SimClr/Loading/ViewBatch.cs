using static TorchSharp.torch;

namespace SimClr.Loading;

/// <summary>
/// The views of a batch or micro-batch: two of each of N images or N groups, or one of each image (<see cref="ViewLoader.ViewsPerImage"/>).
/// </summary>
/// <param name="Views">
/// (2N, C, S, S) float32 on the CPU, or on the device that rendered them. Rows i and i + N show the same image, or two images of a group.
/// With one view per image: (N, C, S, S). Owned by the batch. After it is disposed, a later batch may use the same memory, so clone what
/// you keep.
/// </param>
/// <param name="Indices">
/// The indices in their data set of the N images that the first views show. A replacement has its own index, not that of the damaged image.
/// </param>
public sealed record ViewBatch(Tensor Views, IReadOnlyList<int> Indices) : IDisposable
{
    /// <summary>
    /// The indices of the N images that the second views show (rows N to 2N − 1). If it is <see cref="Indices"/> itself (the default), both
    /// views show the same image. Any other list means two images of a group (<see cref="ViewLoader.Groups"/>).
    /// </summary>
    public IReadOnlyList<int> Partners { get; init; } = Indices;

    /// <summary>
    /// (nN, C, s, s) float32, on the device of the views and owned like them; null if there are none. First the first small crops of all
    /// images, then the second ones, and so on. The first, third, … show <see cref="Indices"/>, the others <see cref="Partners"/>.
    /// </summary>
    public Tensor? SmallCrops { get; init; }

    /// <summary>Called when the views are no longer used; it may be called repeatedly.</summary>
    internal Action? Release { get; init; }

    /// <summary>Frees the views, or returns their memory to the loader.</summary>
    public void Dispose()
    {
        Views.Dispose();
        SmallCrops?.Dispose();
        Release?.Invoke();
    }
}
