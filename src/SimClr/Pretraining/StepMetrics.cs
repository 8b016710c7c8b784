namespace SimClr.Pretraining;

/// <summary>The results of one step.</summary>
/// <param name="Step">Steps done, this one included: 1 after the first.</param>
/// <param name="Epoch">The epoch it belongs to, from 0.</param>
/// <param name="Loss">L before the update; in nats for the built-in losses.</param>
/// <param name="LearningRate">The learning rate of the step.</param>
/// <param name="Top1">Contrastive accuracy: the share of anchors whose positive is the nearest, in [0, 1].</param>
/// <param name="Top5">The share of anchors whose positive is among the nearest five.</param>
/// <param name="Entropy">The mean entropy of the anchors' softmax, in nats.</param>
/// <param name="GradientNorm">‖∂L/∂θ‖ over all parameters, before weight decay.</param>
/// <param name="ProbeTop1">
/// The accuracy of the <see cref="OnlineProbe"/> on the labelled views before training on them; null without a probe.
/// </param>
public sealed record StepMetrics(long Step, int Epoch, double Loss, double LearningRate, double Top1, double Top5, double Entropy,
    double GradientNorm, double? ProbeTop1 = null)
{
    /// <summary>
    /// Whether the projections were nearly one point: by their entropy, the cosines of an anchor's candidates deviate by less than 0.01,
    /// and <see cref="Top1"/> is no better than chance. If this lasts, a run learns nothing.
    /// </summary>
    public bool Collapsed { get; init; }
}
