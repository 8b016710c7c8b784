using SimClr.Randomness;

namespace SimClr.Datasets;

public sealed partial class BuiltInImages
{
    /// <summary>
    /// The patterns, by label. Each says whether the point (u, v) is ink; its period is about 1 in u and v. Boldness, in [0, 1), is the
    /// amount of ink in the strokes. A pattern stays in its class when it is mirrored, rotated, stretched, or when ink and ground are
    /// swapped.
    /// </summary>
    private static readonly (string Name, Func<double, double, double, bool> IsInk)[] Textures =
    [
        ("stripes", Stripes),
        ("zigzag", Zigzag),
        ("checks", Checks),
        ("grid", Grid),
        ("dots", Dots),
        ("rings", Rings),
        ("crosses", Crosses),
        ("triangles", Triangles),
        ("bricks", Bricks),
        ("honeycomb", Honeycomb),
        ("parquet", Parquet),
        ("cracks", Cracks),
    ];

    private static bool Stripes(double u, double v, double boldness) => Fraction(u * 1.2) < 0.35 + (0.3 * boldness);

    private static bool Zigzag(double u, double v, double boldness) =>
        Fraction((v * 1.1) + Math.Abs((2 * Fraction(u * 0.55)) - 1)) < 0.35 + (0.3 * boldness);

    private static bool Checks(double u, double v, double boldness)
    {
        var margin = 0.06 * boldness;
        var (s, t) = (Fraction(u * 0.8) * 2, Fraction(v * 0.8) * 2);
        return (s < 1 - margin) == (t < 1 - margin);
    }

    private static bool Grid(double u, double v, double boldness)
    {
        var stroke = 0.18 + (0.12 * boldness);
        return Fraction(u) < stroke || Fraction(v) < stroke;
    }

    private static bool Dots(double u, double v, double boldness) => FromCentre(u, v) < Square(0.25 + (0.1 * boldness));

    private static bool Rings(double u, double v, double boldness)
    {
        var squared = FromCentre(u * 0.75, v * 0.75);
        return squared < Square(0.43) && squared > Square(0.27 - (0.08 * boldness));
    }

    private static bool Crosses(double u, double v, double boldness)
    {
        var (x, y) = (Math.Abs(Fraction(u * 0.8) - 0.5), Math.Abs(Fraction(v * 0.8) - 0.5));
        return Math.Min(x, y) < 0.09 + (0.05 * boldness) && Math.Max(x, y) < 0.38;
    }

    private static bool Triangles(double u, double v, double boldness)
    {
        var row = v * 0.95;
        var column = (u * 0.82) - (row * 0.5);
        return Fraction(column) + Fraction(row) < 0.93 + (0.14 * boldness);
    }

    private static bool Bricks(double u, double v, double boldness)
    {
        var row = v * 1.2;
        var mortar = 0.16 + (0.08 * boldness);
        return Fraction(row) < mortar || Fraction((u * 0.6) + (0.5 * (Floor(row) & 1))) < mortar * 0.5;
    }

    private static bool Honeycomb(double u, double v, double boldness)
    {
        // The centres of the hexagons form two rectangular lattices; one is in the middle of the other's cells.
        const double Root = 1.7320508075688772;
        var (u1, v1) = (Fraction(u) - 0.5, (Fraction(v / Root) - 0.5) * Root);
        var (u2, v2) = (Fraction(u + 0.5) - 0.5, (Fraction((v / Root) + 0.5) - 0.5) * Root);
        var nearest = (u1 * u1) + (v1 * v1) < (u2 * u2) + (v2 * v2) ? (X: u1, Y: v1) : (X: u2, Y: v2);
        var (x, y) = (Math.Abs(nearest.X), Math.Abs(nearest.Y));
        return Math.Max(x, (0.5 * x) + (0.5 * Root * y)) > 0.42 - (0.06 * boldness);
    }

    private static bool Parquet(double u, double v, double boldness)
    {
        var (x, y) = (u * 0.6, v * 0.6);
        var across = ((Floor(x) + Floor(y)) & 1) == 0;
        return Fraction((across ? x : y) * 3) < 0.36 + (0.2 * boldness);
    }

    private static bool Cracks(double u, double v, double boldness)
    {
        // Every cell has one random seed. Ink is where the two nearest seeds are almost equally near.
        var (column, row) = (Floor(u), Floor(v));
        double first = 9, second = 9;
        for (var j = row - 1; j <= row + 1; j++)
        {
            for (var i = column - 1; i <= column + 1; i++)
            {
                var bits = CounterRandom.Mix(((ulong)(uint)i << 32) | (uint)j);
                var x = u - i - 0.1 - (0.8 * (bits & 0xFFFF) / 65_536);
                var y = v - j - 0.1 - (0.8 * ((bits >> 16) & 0xFFFF) / 65_536);
                var squared = (x * x) + (y * y);
                second = Math.Min(second, Math.Max(first, squared));
                first = Math.Min(first, squared);
            }
        }

        return Math.Sqrt(second) - Math.Sqrt(first) < 0.14 + (0.08 * boldness);
    }

    /// <summary>Squared distance to the centre of the unit cell.</summary>
    private static double FromCentre(double u, double v) => Square(Fraction(u) - 0.5) + Square(Fraction(v) - 0.5);

    private static double Square(double x) => x * x;

    private static double Fraction(double x) => x - Math.Floor(x);

    private static int Floor(double x) => (int)Math.Floor(x);
}
