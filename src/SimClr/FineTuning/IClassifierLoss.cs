using static TorchSharp.torch;

namespace SimClr.FineTuning;

/// <summary>What a classifier learns from: labels, or a teacher.</summary>
public interface IClassifierLoss
{
    /// <summary>The loss of a batch, averaged over its images.</summary>
    /// <param name="logits">(N, C) with a graph; borrowed.</param>
    /// <param name="views">(N, channels, S, S), what the logits are of: one view of each image. Borrowed.</param>
    /// <param name="indices">The N images' indices in their data set, in the order of the rows.</param>
    /// <returns>() in nats; owned by the caller.</returns>
    Tensor Of(Tensor logits, Tensor views, IReadOnlyList<int> indices);
}
