namespace SimClr.Pretraining;

/// <summary>Detects a collapse, in which all projections are nearly one point, from what the step computes anyway.</summary>
/// <remarks>
/// If all S = cos/τ of an anchor are nearly equal, the entropy of its softmax over M = 2N − 1 candidates is H ≈ ln M − Var(S)/2 (a
/// second-order expansion of the softmax). So the standard deviation of the cosines is about τ·√(2 (ln M − H)). On an evenly filled sphere
/// of d dimensions it is 1/√d, 0.09 for d = 128. At a complete collapse it is 0 (Chen and He 2021, SimSiam, section 4.1). It may be small
/// for an untrained encoder too. But such an encoder tells views apart, while a collapsed one is no better than chance, 1/M.
/// </remarks>
internal static class Collapse
{
    /// <summary>Below this standard deviation of the cosines, the projections count as one point.</summary>
    public const double Deviation = 0.01;

    /// <summary>Whether the deviation is this small and top-1 is no better than chance.</summary>
    /// <param name="top1">The contrastive top-1 accuracy, in [0, 1].</param>
    /// <param name="entropy">H, the mean entropy of the anchors, in nats.</param>
    /// <param name="images">N.</param>
    /// <param name="temperature">τ.</param>
    public static bool Is(double top1, double entropy, int images, double temperature)
    {
        double candidates = 2 * images - 1;
        return images > 1 && top1 * candidates <= 1
            && temperature * Math.Sqrt(2 * Math.Max(0, Math.Log(candidates) - entropy)) < Deviation;
    }
}
