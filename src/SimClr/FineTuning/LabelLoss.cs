using SimClr.Datasets;
using static TorchSharp.torch;

namespace SimClr.FineTuning;

/// <summary>Cross entropy with the images' labels.</summary>
/// <remarks>Safe to use from several threads at once.</remarks>
/// <param name="data">Labelled images; borrowed.</param>
public sealed class LabelLoss(IImageDataset data) : IClassifierLoss
{
    /// <inheritdoc/>
    public Tensor Of(Tensor logits, Tensor views, IReadOnlyList<int> indices)
    {
        ArgumentNullException.ThrowIfNull(logits);
        using var labels = tensor(indices.Select(i => (long)data.Label(i)).ToArray(), device: logits.device);
        return nn.functional.cross_entropy(logits, labels);
    }
}
