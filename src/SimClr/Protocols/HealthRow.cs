using SimClr.Evaluation;

namespace SimClr.Protocols;

/// <summary>A representation's health, and how well NT-Xent tells its views apart.</summary>
/// <param name="Features"><c>encoder</c>, <c>projection</c> or <c>untrained</c>.</param>
/// <param name="Health">The figures.</param>
/// <param name="Top1">Contrastive top-1 in [0, 1], of eval-mode features in one batch of all images.</param>
/// <param name="Top5">Likewise top-5.</param>
/// <param name="Entropy">Of an anchor's softmax, in nats.</param>
public sealed record HealthRow(string Features, EncoderHealth Health, double Top1, double Top5, double Entropy);
