using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>
/// The difference that rounding makes between cosines that are equal in exact arithmetic. Only a larger difference makes one cosine the
/// nearer.
/// </summary>
internal static class Rounding
{
    private const double Single = 1.1920929e-7, Double = 2.220446049250313e-16; // distance from 1 to the next number

    /// <summary>ε·√d: each of the d products adds a rounding error, and kernels may add the products in any order.</summary>
    /// <param name="u">(·, d), rows of length 1.</param>
    public static double OfCosines(Tensor u) => (u.dtype == float64 ? Double : Single) * Math.Sqrt(u.shape[1]);
}
