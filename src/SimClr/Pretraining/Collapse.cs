namespace SimClr.Pretraining;

/// <summary>Whether a step's projections were nearly one point, from what the step computes anyway.</summary>
/// <remarks>
/// Where all S = cos/τ of an anchor are nearly equal, the entropy of its softmax over M = 2N − 1 candidates is H ≈ ln M − Var(S)/2 (the
/// softmax's second-order expansion), so the cosines' deviation is about τ·√(2 (ln M − H)). On a sphere of d dimensions that is evenly filled
/// it is 1/√d, 0.09 for d = 128; at a complete collapse it is 0 (Chen and He 2021, SimSiam, section 4.1). An untrained
/// encoder's may be small too, but it tells views apart: a collapsed one does so no better than by chance, 1/M.
/// </remarks>
internal static class Collapse
{
    /// <summary>The deviation of the cosines below which they count as one.</summary>
    public const double Deviation = 0.01;

    /// <summary>Whether both hold.</summary>
    /// <param name="top1">Contrastive top-1, in [0, 1].</param>
    /// <param name="entropy">H, the anchors' mean, in nats.</param>
    /// <param name="images">N.</param>
    /// <param name="temperature">τ.</param>
    public static bool Is(double top1, double entropy, int images, double temperature)
    {
        double candidates = 2 * images - 1;
        return images > 1 && top1 * candidates <= 1
            && temperature * Math.Sqrt(2 * Math.Max(0, Math.Log(candidates) - entropy)) < Deviation;
    }
}
