namespace SimClr.Cli.Drawing;

/// <summary>The metrics of one training step.</summary>
/// <param name="Step">The optimiser steps done, from 1.</param>
/// <param name="Loss">NT-Xent, in nats.</param>
/// <param name="Top1">
/// Contrastive top-1, in [0, 1]: the share of views whose partner is the nearest of all other views in the batch.
/// </param>
internal readonly record struct LossCurvePoint(long Step, double Loss, double Top1);
