namespace SimClr.FineTuning;

/// <summary>What an epoch of training a classifier gave.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Epochs">How many are planned.</param>
/// <param name="Loss">Mean over the epoch, in nats.</param>
public sealed record ClassifierEpoch(int Epoch, int Epochs, double Loss);
