namespace SimClr.Pretraining;

/// <summary>What one step gave.</summary>
/// <param name="Step">Steps done, this one included: 1 after the first.</param>
/// <param name="Epoch">The epoch it belongs to, from 0.</param>
/// <param name="Loss">L, before the step: of the built-in losses in nats.</param>
/// <param name="LearningRate">The rate it was made with.</param>
/// <param name="Top1">Contrastive accuracy: share of anchors whose positive is the nearest, in [0, 1].</param>
/// <param name="Top5">Share of anchors whose positive is among the nearest five.</param>
/// <param name="Entropy">Mean entropy of the anchors' softmax, in nats.</param>
/// <param name="GradientNorm">‖∂L/∂θ‖ over all parameters, before weight decay.</param>
/// <param name="ProbeTop1">Share of the labelled views that the <see cref="OnlineProbe"/> had right before it learned from them; null without one.</param>
public sealed record StepMetrics(long Step, int Epoch, double Loss, double LearningRate, double Top1, double Top5, double Entropy, double GradientNorm, double? ProbeTop1 = null)
{
    /// <summary>
    /// Whether the projections were nearly one point: the cosines of an anchor's candidates deviate by less than 0.01, as their entropy shows,
    /// and <see cref="Top1"/> is no better than chance. A run that stays so learns nothing.
    /// </summary>
    public bool Collapsed { get; init; }
}
