using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>The features of consecutive images. Frees its tensor when disposed.</summary>
/// <param name="First">The index of the first image in the data set.</param>
/// <param name="End">The index after the last image.</param>
/// <param name="Readable">The ascending indices of the readable images. The others are damaged.</param>
/// <param name="Values">(R, D) float32 on the CPU, one row for each of <paramref name="Readable"/>; (0, 0) if there are none.</param>
public sealed record FeatureBatch(int First, int End, IReadOnlyList<int> Readable, Tensor Values) : IDisposable
{
    /// <summary>Frees <see cref="Values"/>.</summary>
    public void Dispose() => Values.Dispose();
}
