using SimClr.Datasets;
using static TorchSharp.torch;

namespace SimClr.FineTuning;

/// <summary>What training a classifier gave. Frees its tensors when disposed.</summary>
/// <param name="Best">The weights after the epoch that was best on the held-out images, by state-dict name; owned by this. Null without held-out images.</param>
/// <param name="BestEpoch">That epoch, from 1; the first of equals. Without held-out images the last.</param>
/// <param name="Epochs">How many were made.</param>
/// <param name="HeldOutTop1">Of the best epoch, in [0, 1]: the best of several, so a little high. Null without held-out images.</param>
public sealed record ClassifierFit(IReadOnlyDictionary<string, Tensor>? Best, int BestEpoch, int Epochs, double? HeldOutTop1) : IDisposable
{
    /// <summary>The damaged images that were left out, by their index among the training images.</summary>
    public IReadOnlyCollection<BadImage> BadTrainingImages { get; init; } = [];

    /// <summary>Those by their index among the held-out images.</summary>
    public IReadOnlyCollection<BadImage> BadHeldOutImages { get; init; } = [];

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        foreach (var tensor in Best?.Values ?? []) tensor.Dispose();
    }
}
