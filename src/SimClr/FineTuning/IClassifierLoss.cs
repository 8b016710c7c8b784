using static TorchSharp.torch;

namespace SimClr.FineTuning;

/// <summary>The loss of a classifier: from labels, or from a teacher.</summary>
public interface IClassifierLoss
{
    /// <summary>The mean loss over the images of a batch.</summary>
    /// <param name="logits">(N, C) with a graph; borrowed.</param>
    /// <param name="views">(N, channels, S, S): one view of each image, for which the logits are. Borrowed.</param>
    /// <param name="indices">The N images' indices in their data set, in the order of the rows.</param>
    /// <returns>() in nats; owned by the caller.</returns>
    Tensor Of(Tensor logits, Tensor views, IReadOnlyList<int> indices);
}
