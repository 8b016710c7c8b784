namespace SimClr.Losses;

/// <summary>Sums over anchors; what they mean is said at <see cref="LossResult"/>.</summary>
internal readonly record struct AnchorSums(double Loss, double Top1, double Top5, double Entropy);
