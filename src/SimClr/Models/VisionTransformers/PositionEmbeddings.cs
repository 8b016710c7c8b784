using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>The vectors that tell a vision transformer's tokens their place.</summary>
public static partial class PositionEmbeddings
{
    /// <summary>
    /// Fixed two-dimensional sines and cosines (MoCo v3: Chen et al. 2021, §4.2; MAE): for ω = 10000^(−k/(D/4)), k = 0 … D/4 − 1, the
    /// vector of the patch in row y and column x is (sin ωx, cos ωx, sin ωy, cos ωy). MAE's code has this order, MoCo v3's y before x.
    /// </summary>
    /// <param name="side">The patches per row and per column.</param>
    /// <param name="dimensions">D, a multiple of 4.</param>
    /// <returns>(side², D) float32 on the CPU, row by row; owned by the caller.</returns>
    public static Tensor SineCosine(int side, int dimensions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 1);
        if (dimensions < 4 || dimensions % 4 != 0)
            throw new ArgumentOutOfRangeException(nameof(dimensions), dimensions, "D must be a positive multiple of 4.");
        int quarter = dimensions / 4;
        float[] values = new float[side * side * dimensions];
        for (int patch = 0; patch < side * side; patch++)
        {
            var vector = values.AsSpan(patch * dimensions, dimensions);
            for (int k = 0; k < quarter; k++)
            {
                double frequency = Math.Pow(10000, -(double)k / quarter);
                var (sinX, cosX) = Math.SinCos(frequency * (patch % side));
                var (sinY, cosY) = Math.SinCos(frequency * (patch / side));
                (vector[k], vector[quarter + k]) = ((float)sinX, (float)cosX);
                (vector[2 * quarter + k], vector[3 * quarter + k]) = ((float)sinY, (float)cosY);
            }
        }
        return tensor(values, [side * side, dimensions]);
    }
}
