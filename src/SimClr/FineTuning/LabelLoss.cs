using SimClr.Datasets;
using static TorchSharp.torch;

namespace SimClr.FineTuning;

/// <summary>Cross entropy with the images' labels.</summary>
/// <remarks>Safe to use from several threads at once.</remarks>
/// <param name="data">Labelled images; borrowed.</param>
public sealed class LabelLoss(IImageDataset data) : IClassifierLoss
{
    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">An image has no label, or one that is none of the classes.</exception>
    public Tensor Of(Tensor logits, Tensor views, IReadOnlyList<int> indices)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(indices);
        int classes = (int)logits.shape[1];
        foreach (int i in indices)
            if (data.Label(i) < 0 || data.Label(i) >= classes) throw LabelCheck.Strange(data, i, classes);
        using var labels = tensor(indices.Select(i => (long)data.Label(i)).ToArray(), device: logits.device);
        return nn.functional.cross_entropy(logits, labels);
    }
}
