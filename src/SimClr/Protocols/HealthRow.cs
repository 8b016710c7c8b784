using SimClr.Evaluation;

namespace SimClr.Protocols;

/// <summary>The health of one representation, and how well NT-Xent tells its views apart.</summary>
/// <param name="Features"><c>encoder</c>, <c>projection</c> or <c>untrained</c>.</param>
/// <param name="Health">The figures.</param>
/// <param name="Top1">Contrastive top-1 in [0, 1], from eval-mode features in one batch of all images.</param>
/// <param name="Top5">Contrastive top-5, in the same way.</param>
/// <param name="Entropy">The mean entropy of an anchor's softmax, in nats.</param>
public sealed record HealthRow(string Features, EncoderHealth Health, double Top1, double Top5, double Entropy);
