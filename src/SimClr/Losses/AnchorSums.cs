namespace SimClr.Losses;

/// <summary>Sums over anchors. <see cref="LossResult"/> says what they mean.</summary>
internal readonly record struct AnchorSums(double Loss, double Top1, double Top5, double Entropy);
