namespace SimClr.Images;

/// <summary>From CIE L*a*b* (D50, as TIFF 6.0 section 23 and ICC have it) to sRGB.</summary>
/// <remarks>Source: CIE 15:2004; the matrix from XYZ at D50 to linear sRGB is Bradford's, by B. Lindbloom; IEC 61966-2-1.</remarks>
internal static class LabColor
{
    private const double WhiteX = 0.9642, WhiteZ = 0.8249, Small = 6.0 / 29;

    /// <summary>R, G and B in [0, 1].</summary>
    /// <param name="lightness">L*, in [0, 100].</param>
    /// <param name="a">a*.</param>
    /// <param name="b">b*.</param>
    public static (double Red, double Green, double Blue) ToRgb(double lightness, double a, double b)
    {
        double y = (lightness + 16) / 116;
        var (x, z) = (WhiteX * Cube(y + a / 500), WhiteZ * Cube(y - b / 200));
        y = Cube(y);
        return (Gamma(3.1338561 * x - 1.6168667 * y - 0.4906146 * z), Gamma(-0.9787684 * x + 1.9161415 * y + 0.0334540 * z),
            Gamma(0.0719453 * x - 0.2289914 * y + 1.4052427 * z));
    }

    private static double Cube(double t) => t > Small ? t * t * t : 3 * Small * Small * (t - 4.0 / 29);

    private static double Gamma(double v) => Math.Clamp(v <= 0.0031308 ? 12.92 * v : 1.055 * Math.Pow(v, 1 / 2.4) - 0.055, 0, 1);
}
