namespace SimClr.FineTuning;

/// <summary>What one pass over the training images gave.</summary>
/// <param name="Pass">From 1.</param>
/// <param name="Passes">How many are planned.</param>
/// <param name="Loss">Mean over the pass, in nats.</param>
public sealed record ClassifierEpoch(int Pass, int Passes, double Loss);
