namespace SimClr.Cli.Drawing;

/// <summary>What one training step said.</summary>
/// <param name="Step">The optimiser steps done, from 1.</param>
/// <param name="Loss">NT-Xent, in nats.</param>
/// <param name="Top1">How often a view's partner was the nearest of all others in the batch: contrastive top-1, in [0, 1].</param>
internal readonly record struct LossCurvePoint(long Step, double Loss, double Top1);
