using static TorchSharp.torch;

namespace SimClr.FineTuning;

/// <summary>What a classifier learns from: labels, or a teacher.</summary>
public interface IClassifierLoss
{
    /// <summary>The loss of a batch, averaged over its views.</summary>
    /// <param name="logits">(2N, C) with a graph; borrowed.</param>
    /// <param name="views">(2N, channels, S, S), what the logits are of; rows i and i + N show the same image. Borrowed.</param>
    /// <param name="indices">The N images' indices in their data set.</param>
    /// <returns>() in nats; the caller's.</returns>
    Tensor Of(Tensor logits, Tensor views, IReadOnlyList<int> indices);
}
