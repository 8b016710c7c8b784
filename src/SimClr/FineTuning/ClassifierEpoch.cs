namespace SimClr.FineTuning;

/// <summary>The result of one epoch of training a classifier.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Epochs">The planned number of epochs.</param>
/// <param name="Loss">The mean loss of the epoch, in nats.</param>
public sealed record ClassifierEpoch(int Epoch, int Epochs, double Loss);
