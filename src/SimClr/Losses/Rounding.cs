using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>By how much cosines that are equal may differ once they are computed: only beyond that is one the nearer.</summary>
internal static class Rounding
{
    private const double Single = 1.1920929e-7, Double = 2.220446049250313e-16; // from 1 to the next number

    /// <summary>ε·√d: d products of which each adds its rounding, in whatever order a kernel adds them.</summary>
    /// <param name="u">(·, d), rows of length 1.</param>
    public static double OfCosines(Tensor u) => (u.dtype == float64 ? Double : Single) * Math.Sqrt(u.shape[1]);
}
