using SimClr.Datasets;
using static TorchSharp.torch;

namespace SimClr.FineTuning;

/// <summary>The result of training a classifier. Frees its tensors when disposed.</summary>
/// <param name="Best">
/// The weights after the epoch that was best on the held-out images, by state-dict name; owned by this object. Null without held-out
/// images.
/// </param>
/// <param name="BestEpoch">That epoch, from 1; the first of equal ones. Without held-out images the last epoch.</param>
/// <param name="Epochs">The number of epochs done.</param>
/// <param name="HeldOutTop1">
/// The held-out top-1 accuracy of the best epoch, in [0, 1]: the best of several, so slightly optimistic. Null without held-out images.
/// </param>
public sealed record ClassifierFit(IReadOnlyDictionary<string, Tensor>? Best, int BestEpoch, int Epochs, double? HeldOutTop1) : IDisposable
{
    /// <summary>The damaged training images that were left out, by their index.</summary>
    public IReadOnlyCollection<BadImage> BadTrainingImages { get; init; } = [];

    /// <summary>The damaged held-out images that were left out, by their index.</summary>
    public IReadOnlyCollection<BadImage> BadHeldOutImages { get; init; } = [];

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        foreach (var tensor in Best?.Values ?? []) tensor.Dispose();
    }
}
