using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>What an encoder made of some images that lie one after the other. Frees its tensor when disposed.</summary>
/// <param name="First">Index of the first of them in the data set.</param>
/// <param name="End">Index behind the last of them.</param>
/// <param name="Readable">The indices, ascending, of those that could be read; the others, if any, are damaged.</param>
/// <param name="Values">(R, D) float32 on the CPU: a row for each of <paramref name="Readable"/>; (0, 0) where there is none.</param>
public sealed record FeatureBatch(int First, int End, IReadOnlyList<int> Readable, Tensor Values) : IDisposable
{
    /// <summary>Frees <see cref="Values"/>.</summary>
    public void Dispose() => Values.Dispose();
}
