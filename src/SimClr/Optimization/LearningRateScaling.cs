namespace SimClr.Optimization;

/// <summary>
/// How the peak learning rate depends on the base rate and B, the images per step (the paper's N; in pretraining each gives two views).
/// </summary>
public enum LearningRateScaling
{
    /// <summary>The base rate is the peak.</summary>
    None,

    /// <summary>Base · B / 256 (section 2.3; with LARS the paper's base is 0.3).</summary>
    Linear,

    /// <summary>
    /// Base · √B: better for small batches and short runs (appendix B.1). With LARS the paper's base is 0.075, which equals 0.3 linear at B
    /// = 4096.
    /// </summary>
    Sqrt,
}
