namespace SimClr.Losses;

/// <summary>Sums over anchors; what they mean is said at <see cref="NtXentResult"/>.</summary>
internal readonly record struct NtXentSums(double Loss, double Top1, double Top5, double Entropy);
